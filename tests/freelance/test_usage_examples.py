"""The usage examples of the source of the job market, as one does the same here."""

from datetime import UTC, datetime, timedelta

from graph.access.viewers import person
from graph.client import Client
from graph.engine.access import ANONYMOUS
from tests.freelance.market import Market, id_of, moment


async def test_a_job_is_created(market: Market) -> None:
    """The client is whoever asks, the status follows from `publish`, and AZR is three capitals like any currency."""
    client = await market.person("Client")
    said = {
        "title": "Full Stack Developer",
        "description": "Build Azora marketplace",
        "budget": 5000,
        "currency": "AZR",
        "skills": ["TypeScript", "React", "Node.js"],
        "clientId": id_of(client),
        "publish": True,
    }
    job = (await market.did(client, "createJob", **said))["job"]["id"]
    query = "query($i: ID!) { job(id: $i) { title description budget currency skills status client { id } } }"
    seen = await market.ask(await market.person("Freelancer"), query, i=job)
    assert seen["data"]["job"] == {
        "title": "Full Stack Developer",
        "description": "Build Azora marketplace",
        "budget": "5000.00",
        "currency": "AZR",
        "skills": ["TypeScript", "React", "Node.js"],
        "status": "OPEN",
        "client": {"id": id_of(client)},
    }


async def test_an_identity_is_checked(market: Market) -> None:
    """The person hands in the paper, of whose number the end is kept; an administrator says what the risk is."""
    user, root = await market.person("User"), await market.administrator()
    submit = """mutation($i: SubmitKycVerificationInput!) { submitKycVerification(input: $i) {
      kycVerification { id status riskLevel documentType documentNumber user { id } } userErrors { message } } }"""
    paper = {
        "documentType": "PASSPORT",
        "documentNumber": "A12345678",
        "documentCountry": "ZA",
        "fullName": "User L",
        "bornOn": "1990-01-31",
        "nationality": "ZA",
        "documents": [{"shows": "front", "reference": "kyc/front.jpg"}],
    }
    payload = (await market.ask(user, submit, i=paper))["data"]["submitKycVerification"]
    made = payload["kycVerification"]
    assert payload["userErrors"] == []
    assert made == {
        "id": made["id"],
        "status": "PENDING",
        "riskLevel": None,
        "documentType": "PASSPORT",
        "documentNumber": "****5678",
        "user": {"id": id_of(user)},
    }
    review = """mutation($i: ReviewKycVerificationInput!) { reviewKycVerification(input: $i) {
      kycVerification { status riskLevel } userErrors { message } } }"""
    given = {"id": made["id"], "decision": "START", "riskLevel": "LOW"}
    looked_at = (await market.ask(root, review, i=given))["data"]["reviewKycVerification"]
    assert looked_at == {"kycVerification": {"status": "IN_REVIEW", "riskLevel": "LOW"}, "userErrors": []}


async def test_a_login_is_logged(market: Market) -> None:
    """Nobody logs it by hand: to sign in leaves the event, with the address and the browser, for the person to read."""
    browser = Client("192.168.1.1", "Mozilla/5.0 (X11; Linux x86_64)")
    account = {"email": f"user-{id_of(await market.person())}@x.example", "password": "a quiet green river"}
    register = "mutation($i: RegisterInput!) { register(input: $i) { accepted userErrors { message } } }"
    registered = await market.ask(ANONYMOUS, register, browser, i={**account, "firstName": "U", "lastName": "L"})
    assert registered["data"]["register"] == {"accepted": True, "userErrors": []}
    sign_in = "mutation($i: SignInInput!) { signIn(input: $i) { user { id } session { id } userErrors { message } } }"
    begun = (await market.ask(ANONYMOUS, sign_in, browser, i=account))["data"]["signIn"]
    (row,) = await market.run("SELECT id FROM identity.users WHERE email = $1", account["email"])
    query = """{ securityEvents(filter: {type: {eq: LOGIN}}) {
      nodes { type severity ipAddress userAgent occurredAt user { id } session { id } } } }"""
    (event,) = (await market.ask(person(row["id"], roles={}), query))["data"]["securityEvents"]["nodes"]
    assert abs(datetime.now(UTC) - moment(event.pop("occurredAt"))) < timedelta(minutes=1)
    assert event == {
        "type": "LOGIN",
        "severity": "LOW",
        "ipAddress": "192.168.1.1",
        "userAgent": "Mozilla/5.0 (X11; Linux x86_64)",
        "user": begun["user"],
        "session": begun["session"],
    }
