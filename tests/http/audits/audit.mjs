// Prints what graphql-http's audits found about the server at the URL given, as JSON.
import { auditServer } from 'graphql-http';

const found = await auditServer({ url: process.argv[2] });
console.log(JSON.stringify(found.map(({ id, name, status, reason }) => ({ id, name, status, reason: reason ?? '' }))));
