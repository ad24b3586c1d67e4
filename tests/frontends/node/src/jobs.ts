// Prints some open jobs of the API whose address is given, in a line each.
import { ask } from "./ask.js";
import { useFragment } from "./gql/index.js";
import { OpenJobs_PersonFragmentDoc as Person, OpenJobsDocument } from "./gql/graphql.js";

declare const process: { argv: string[] };

const { jobs } = await ask(process.argv[2] ?? "", OpenJobsDocument, {
  filter: { status: { eq: "OPEN" }, client: { country: { in: ["NZ", "AU"] } } },
  orderBy: [{ client: { lastName: "ASC" } }, { budget: "DESC" }],
  first: 5,
});
for (const { node } of jobs.edges) {
  const client = useFragment(Person, node?.client);
  console.log(`${node?.title}: ${node?.budget} ${node?.currency}, ${client?.firstName} ${client?.lastName}`);
}
