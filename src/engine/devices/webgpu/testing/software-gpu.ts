import { existsSync, mkdtempSync } from 'node:fs'
import { constants, tmpdir } from 'node:os'
import { join } from 'node:path'

/** SwiftShader, a Vulkan driver without a GPU, as Debian's package chromium brings it along with a loader. */
const FOLDER = '/usr/lib/chromium'
const DRIVER = join(FOLDER, 'vk_swiftshader_icd.json'),
  LOADER = join(FOLDER, 'libvulkan.so.1')
const RTLD_NODELETE = 0x1000

/** Lets this process, and those that it starts, find SwiftShader where the machine has it and no driver was chosen; to be called before a GPU is asked for. */
export function useSoftwareGpu(): void {
  if (
    process.platform !== 'linux' ||
    process.env.VK_ICD_FILENAMES !== undefined ||
    process.env.VK_DRIVER_FILES !== undefined ||
    !existsSync(DRIVER)
  )
    return
  process.env.VK_ICD_FILENAMES = DRIVER
  process.env.XDG_RUNTIME_DIR ??= mkdtempSync(join(tmpdir(), 'permafrost-gpu-'))
  // For processes that this one starts.
  process.env.LD_LIBRARY_PATH = [process.env.LD_LIBRARY_PATH, FOLDER].filter(Boolean).join(':')
  try {
    // Who asks for the loader by its name gets what is in memory already. It is no add-on of Node's, which is what this throws for.
    process.dlopen({ exports: {} }, LOADER, constants.dlopen.RTLD_NOW | RTLD_NODELETE)
  } catch {
    /* The loader stays. */
  }
}
