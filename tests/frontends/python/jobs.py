"""Prints some open jobs of the API whose address is given, in a line each."""

import asyncio
import sys

from agora_client import (
    Client,
    JobFilter,
    JobOrderBy,
    JobStatus,
    JobStatusFilter,
    OrderDirection,
    StringFilter,
    UserFilter,
    UserOrderBy,
)

sys.setrecursionlimit(20_000)  # pydantic follows a filter through all the others


async def main(url: str) -> None:
    client = UserFilter(country=StringFilter(in_=["NZ", "AU"]))
    filter_ = JobFilter(status=JobStatusFilter(eq=JobStatus.OPEN), client=client)
    order = [JobOrderBy(client=UserOrderBy(last_name=OrderDirection.ASC)), JobOrderBy(budget=OrderDirection.DESC)]
    async with Client(url) as api:
        found = await api.open_jobs(filter_=filter_, order_by=order, first=5)
    for edge in found.jobs.edges:
        job = edge.node
        line = f"{job.title}: {job.budget} {job.currency}, {job.client.first_name} {job.client.last_name}"
        sys.stdout.write(f"{line}\n")


asyncio.run(main(sys.argv[1]))
