// What the generated types must refuse: were one of them `any`, the compiler would find nothing to expect.
import type { JobFilter, JobOrderBy, OpenJobsQuery, SalesByMonthQuery } from "./gql/graphql.js";

type Job = NonNullable<OpenJobsQuery["jobs"]["edges"][number]["node"]>;

// @ts-expect-error An amount is a string, so that nothing of it is rounded.
export const budget = (job: Job): number => job.budget;

// @ts-expect-error So is a moment.
export const month = (sales: SalesByMonthQuery): Date => sales.orders.groups[0]?.key.placedAt;

// @ts-expect-error A status that there is not.
export const filter: JobFilter = { status: { eq: "NOWHERE" } };

// @ts-expect-error A key of an order is one of its fields.
export const order: JobOrderBy = { budget: "ASC", title: "ASC" };
