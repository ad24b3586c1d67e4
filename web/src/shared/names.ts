/** A name that nothing else has. Browsers have `crypto.randomUUID` only where a page came by https or from this machine. */
export function unused(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
