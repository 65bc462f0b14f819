import { relative, sep } from 'node:path'
import prettier from 'eslint-config-prettier'
import vue from 'eslint-plugin-vue'
import { defineConfig, globalIgnores } from 'eslint/config'
import typescript from 'typescript-eslint'
import { breach } from './scripts/walls.ts'

/** Every way to import by a literal name: import, export from, import(), require(), type X = import(). */
const walls = {
  meta: { type: 'problem', schema: [] },
  create(context) {
    const file = relative(context.cwd, context.filename).split(sep).join('/')
    const check = source => {
      const message = typeof source?.value === 'string' ? breach(file, source.value) : undefined
      if (message !== undefined) context.report({ node: source, message })
    }
    return {
      ImportDeclaration: node => check(node.source),
      ExportNamedDeclaration: node => check(node.source),
      ExportAllDeclaration: node => check(node.source),
      ImportExpression: node => check(node.source),
      TSImportType: node => check(node.source),
      'CallExpression[callee.name="require"]': node => check(node.arguments[0]),
    }
  },
}

/** `defineProps<{ … }>()` of more than one prop has a line for each: the formatter keeps such a literal open. */
const propsALine = {
  meta: { type: 'layout', fixable: 'whitespace', schema: [] },
  create(context) {
    return {
      'CallExpression[callee.name="defineProps"] > TSTypeParameterInstantiation > TSTypeLiteral'(node) {
        const [first] = node.members
        if (node.members.length < 2 || first.loc.start.line > node.loc.start.line) return
        const fix = fixer => fixer.insertTextAfterRange([node.range[0], node.range[0] + 1], '\n')
        context.report({ node: first, message: 'Each prop has a line of its own.', fix })
      },
    }
  },
}

const SUMS = new Set(['nats', 'correct', 'symbols', 'boundNats', 'lengthNats'])

/** Sums over predictions: by their names, at an index, added up, or as what a call is asked to add up. */
function isSum(node) {
  switch (node?.type) {
    case 'Identifier':
      return SUMS.has(node.name)
    case 'Literal':
      return SUMS.has(node.value)
    case 'MemberExpression':
      return node.computed ? isSum(node.object) : SUMS.has(node.property.name)
    case 'TSNonNullExpression':
    case 'TSAsExpression':
      return isSum(node.expression)
    case 'BinaryExpression':
      return ['+', '-'].includes(node.operator) && (isSum(node.left) || isSum(node.right))
    case 'ArrowFunctionExpression':
      return isSum(node.body)
    case 'CallExpression':
      return node.arguments.some(isSum)
    default:
      return false
  }
}

/** Figures are worked out in one place. */
const sums = {
  meta: { type: 'problem', schema: [] },
  create(context) {
    const check = (node, parts) => {
      if (parts.some(isSum))
        context.report({ node, message: 'Figures are worked out of sums by src/shared/score.ts alone.' })
    }
    const visitor = {
      'BinaryExpression[operator="/"]': node => check(node, [node.left, node.right]),
      'AssignmentExpression[operator="/="]': node => check(node, [node.left, node.right]),
    }
    const { defineTemplateBodyVisitor } = context.sourceCode.parserServices
    return defineTemplateBodyVisitor ? defineTemplateBodyVisitor(visitor, visitor) : visitor
  },
}

export default defineConfig(
  globalIgnores(['out', 'dist', 'coverage', '**/.cache']),
  { linterOptions: { reportUnusedDisableDirectives: 'error', noInlineConfig: true } },
  typescript.configs.strict,
  vue.configs['flat/recommended'],
  prettier,
  {
    plugins: { permafrost: { rules: { walls, sums, 'props-a-line': propsALine } } },
    rules: {
      'permafrost/walls': 'error',
      'permafrost/props-a-line': 'error',
      eqeqeq: 'error',
      'max-lines': ['error', 400],
      '@typescript-eslint/consistent-type-imports': [
        'error',
        { fixStyle: 'inline-type-imports', disallowTypeAnnotations: false },
      ],
      '@typescript-eslint/no-dynamic-delete': 'off',
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/no-unused-vars': [
        'error',
        { argsIgnorePattern: '^_', varsIgnorePattern: '^_', destructuredArrayIgnorePattern: '^_' },
      ],
    },
  },
  {
    files: ['**/*.ts'],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/await-thenable': 'error',
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': 'error',
      '@typescript-eslint/only-throw-error': 'error',
      '@typescript-eslint/return-await': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
    },
  },
  { files: ['src/{engine,shared,renderer,preload}/**'], rules: { 'no-console': 'error' } },
  {
    files: ['src/**/*.{ts,vue}'],
    ignores: ['src/shared/score.ts', 'src/engine/devices/**', '**/*.test.ts', '**/testing/**'],
    rules: { 'permafrost/sums': 'error' },
  },
  {
    files: ['src/**/*.{ts,vue}'],
    ignores: ['src/main/history/**', 'src/main/services/export.ts', '**/*.test.ts', '**/testing/**'],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            {
              regex: '/score\\.ts$',
              importNames: ['sumsIn', 'talliesOf', 'fromTallies'],
              message: 'Sums are read to be stored or listed alone; figures() says what they come to.',
            },
          ],
        },
      ],
    },
  },
  // Tests may be long.
  { files: ['**/*.test.ts'], rules: { 'max-lines': ['error', 600] } },
  // What a runtime loads by `--require` can be nothing else.
  {
    files: ['**/*.cjs'],
    languageOptions: { sourceType: 'commonjs' },
    rules: { '@typescript-eslint/no-require-imports': 'off' },
  },
  { files: ['**/*.vue'], languageOptions: { parserOptions: { parser: typescript.parser } } },
)
