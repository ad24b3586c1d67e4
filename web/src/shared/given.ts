/** What the server tells this page: the JSON in its block, or `otherwise` where a page is served without it. */
export function given<T>(otherwise: T): T {
  const text = document.getElementById("given")?.textContent?.trim();
  return text ? { ...otherwise, ...(JSON.parse(text) as T) } : otherwise;
}
