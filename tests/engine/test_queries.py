"""What frontends ask, and the exact answers."""

from tests.support import Api, Insert, a_job, a_user


async def test_a_job_is_found_by_its_id_with_client_and_escrow_in_one_statement(api: Api, insert: Insert) -> None:
    ada = await a_user(insert)
    job = await a_job(insert, ada)
    await insert("freelance.escrows", job_id=job, client_id=ada, amount=50)
    found = await api.data(
        "query($id: ID!) { job(id: $id) { __typename id title budget client { firstName } escrow { amount status } } }",
        id=f"job_{job}",
    )
    assert found == {
        "job": {
            "__typename": "Job",
            "id": f"job_{job}",
            "title": "Job",
            "budget": "100.00",
            "client": {"firstName": "Ada"},
            "escrow": {"amount": "50.00", "status": "PENDING"},
        }
    }
    assert api.query_count == 1


async def test_a_missing_row_is_null(api: Api) -> None:
    missing = "job_019a0000-0000-7000-8000-000000000000"
    assert await api.data(f'{{ job(id: "{missing}") {{ id }} node(id: "{missing}") {{ id }} }}') == {
        "job": None,
        "node": None,
    }
