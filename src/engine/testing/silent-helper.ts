/** A helper that does not listen. */
setInterval(() => {}, 1_000)
