declare module "*.graphql" {
  const document: { readonly query: string; readonly documentId: string };
  export default document;
}
