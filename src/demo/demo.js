/** How often the page looks at the plan. */
const LOOK_EVERY_MS = 1_000;
/** A gateway that takes longer does not answer. */
const LOOK_TIMEOUT_MS = 5_000;
const MAX_SHOWN_CHARACTERS = 600;

const planElement = document.getElementById("plan");
const reasonElement = document.getElementById("reason");
const messageElement = document.getElementById("message");
const answerElement = document.getElementById("answer");
const upgradeElement = document.getElementById("upgrade");
const manageElement = document.getElementById("manage");

/** Null while the gateway does not answer. */
let plan = null;

async function look() {
  plan = await readPlan();
  planElement.dataset.planType = plan?.planType ?? "";
  write(planElement, plan?.planType ?? "The gateway does not answer.");
  write(reasonElement, plan?.reason ?? "This page asks again every second.");
  const isFree = plan?.planType === "free";
  upgradeElement.hidden = !isFree;
  manageElement.classList.toggle("primary", plan !== null && !isFree);
  manageElement.disabled = plan === null;
}

async function readPlan() {
  try {
    const answer = await fetch("/demo/plan", { signal: AbortSignal.timeout(LOOK_TIMEOUT_MS) });
    return answer.ok ? await answer.json() : null;
  } catch {
    return null;
  }
}

/** A text that stays is not written again: a screen reader would read it again. */
function write(element, text) {
  if (element.textContent !== text) {
    element.textContent = text;
  }
}

/** Looks for as long as the page is open, one look at a time. */
async function watch() {
  await look();
  setTimeout(watch, LOOK_EVERY_MS);
}

/** Goes where the gateway says, as the signed-in demo owner. */
async function open(path, body) {
  messageElement.textContent = "";
  try {
    const { token } = await (await fetch("/demo/sign-in", { method: "POST" })).json();
    const answer = await fetch(path, {
      method: "POST",
      headers: {
        accept: "application/json",
        authorization: `Bearer ${token}`,
        "content-type": "application/json",
      },
      body: JSON.stringify(body),
    });
    const { url, code, message } = await answer.json();
    if (answer.ok) {
      location.assign(url);
    } else {
      messageElement.textContent = `${answer.status} ${code}: ${message}`;
    }
  } catch (error) {
    messageElement.textContent = `The gateway did not answer: ${error.message}`;
  }
}

const CHEATS = {
  function: () =>
    fetch("/api/mutation", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({
        path: "plans:markPlanAsProfessional",
        args: { planId: plan?._id ?? "", eventId: "evt_made_up" },
        format: "json",
      }),
    }),
  event: () => {
    const nowSeconds = Math.floor(Date.now() / 1_000);
    const session = {
      id: "cs_test_made_up",
      object: "checkout.session",
      status: "complete",
      payment_status: "paid",
      client_reference_id: plan?._id ?? "",
    };
    return fetch("/stripe/webhook", {
      method: "POST",
      headers: { "stripe-signature": `t=${nowSeconds},v1=${"0".repeat(64)}` },
      body: JSON.stringify({
        id: "evt_made_up",
        object: "event",
        created: nowSeconds,
        livemode: false,
        type: "checkout.session.completed",
        data: { object: session },
      }),
    });
  },
  return: () => fetch("/checkout/return?session_id=cs_test_made_up"),
};

async function cheat(name) {
  try {
    const answer = await CHEATS[name]();
    const text = await textOf(answer);
    await look();
    const status = document.createElement("p");
    status.textContent = `The gateway answered ${answer.status}. The plan is ${plan?.planType ?? "not known at the moment"}.`;
    const body = document.createElement("pre");
    body.textContent = text.slice(0, MAX_SHOWN_CHARACTERS);
    answerElement.replaceChildren(status, body);
  } catch (error) {
    answerElement.textContent = `The gateway did not answer: ${error.message}`;
  }
}

/** What a person would read in an answer. */
async function textOf(answer) {
  const text = await answer.text();
  if (answer.headers.get("content-type")?.startsWith("text/html") !== true) {
    return text;
  }
  const page = new DOMParser().parseFromString(text, "text/html");
  return page.body.textContent.replaceAll(/\s+/g, " ").trim();
}

upgradeElement.addEventListener("click", () => {
  open("/checkout", { plan: "professional", interval: "month", cancelUrl: `${location.origin}/` });
});
manageElement.addEventListener("click", () => open("/portal", {}));
for (const button of document.querySelectorAll("[data-cheat]")) {
  button.addEventListener("click", () => cheat(button.dataset.cheat));
}
await watch();
