// A list of jobs that is read page by page, and in each job the applications for it, as Relay does it.
import { graphql } from "relay-runtime";

export const jobs = graphql`
  fragment JobList_jobs on Query
  @refetchable(queryName: "JobListPageQuery")
  @argumentDefinitions(count: { type: "Int", defaultValue: 20 }, cursor: { type: "String" }) {
    jobs(first: $count, after: $cursor, filter: $filter) @connection(key: "JobList_jobs") {
      edges {
        node {
          title
          ...JobList_applications
        }
      }
    }
  }
`;

export const applications = graphql`
  fragment JobList_applications on Job
  @refetchable(queryName: "JobListApplicationsQuery")
  @argumentDefinitions(count: { type: "Int", defaultValue: 3 }, cursor: { type: "String" }) {
    applications(first: $count, after: $cursor, orderBy: [{ createdAt: DESC }])
      @connection(key: "JobList_applications") {
      edges {
        node {
          proposedAmount
        }
      }
    }
  }
`;

export const list = graphql`
  query JobListQuery($filter: JobFilter) {
    ...JobList_jobs
  }
`;
