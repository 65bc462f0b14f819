/** ln Γ(x) for x > 0, to about 1e-14: Stirling's series after shifting x above 10. */
export function lnGamma(x: number): number {
  let shift = 0
  let z = x
  for (; z < 10; z++) shift += Math.log(z)
  const w = 1 / (z * z)
  const series = (1 / 12 - w * (1 / 360 - w * (1 / 1260 - w * (1 / 1680 - w * (1 / 1188 - (w * 691) / 360360))))) / z
  return (z - 0.5) * Math.log(z) - z + Math.log(2 * Math.PI) / 2 + series - shift
}

/** Complementary error function: power series below 2, continued fraction above; relative error near 1e-15 in the upper tail. */
export function erfc(x: number): number {
  if (x < 0) return 2 - erfc(-x)
  return x < 2 ? 1 - erfSeries(x) : erfcFraction(x)
}

/** 2/√π e^(-x²) Σ 2^k x^(2k+1) / (1·3·5 … (2k+1)) */
function erfSeries(x: number): number {
  let term = x
  let sum = x
  for (let k = 1; term > sum * 1e-17; k++) {
    term *= (2 * x * x) / (2 * k + 1)
    sum += term
  }
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum
}

/** e^(-x²)/√π · 1/(x + (1/2)/(x + 1/(x + (3/2)/(x + …)))) */
function erfcFraction(x: number): number {
  let tail = x
  for (let k = 160; k > 0; k--) tail = x + k / 2 / tail
  return Math.exp(-x * x) / Math.sqrt(Math.PI) / tail
}

/** Regularised incomplete beta function I_x(a, b), by its continued fraction (Abramowitz & Stegun 26.5.8) evaluated by Lentz's method. */
export function incompleteBeta(x: number, a: number, b: number): number {
  if (x <= 0) return 0
  if (x >= 1) return 1
  if (x > (a + 1) / (a + b + 2)) return 1 - incompleteBeta(1 - x, b, a)
  const front = Math.exp(lnGamma(a + b) - lnGamma(a) - lnGamma(b) + a * Math.log(x) + b * Math.log1p(-x))
  return front / a / betaFraction(x, a, b)
}

function betaFraction(x: number, a: number, b: number): number {
  const away = (value: number): number => (Math.abs(value) < 1e-300 ? 1e-300 : value)
  let value = 1
  let up = 1
  let down = 0
  for (let k = 1; k < 10_000; k++) {
    const m = Math.floor(k / 2)
    const term =
      k % 2 === 1
        ? (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1))
        : (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m))
    down = 1 / away(1 + term * down)
    up = away(1 + term / up)
    value *= up * down
    if (Math.abs(up * down - 1) < 1e-15) break
  }
  return value
}

/** Where an increasing function passes `target`, by bisection to the last bit. `high` may lie below the place; it is doubled until it does not. */
export function invertIncreasing(fn: (x: number) => number, target: number, low: number, high: number): number {
  while (fn(high) < target) [low, high] = [high, high * 2]
  for (let middle = (low + high) / 2; middle > low && middle < high; middle = (low + high) / 2) {
    if (fn(middle) < target) low = middle
    else high = middle
  }
  return high
}
