// A letter in the mailbox: a line that opens into a frame where nothing runs and links open in a new tab.

const CAN = "allow-popups allow-popups-to-escape-sandbox";

export function drawLetter(message, clock, opened) {
  const element = document.createElement("li");
  element.className = "message letter";
  element.dataset.id = message.id;
  const letter = document.createElement("details");
  letter.name = "letter"; // one is open at a time
  letter.append(headOf(message, clock));
  letter.addEventListener("toggle", () => { if (letter.open && !letter.querySelector("iframe")) letter.append(sheetOf(message)); });
  letter.open = opened;
  element.append(letter);
  return element;
}

function headOf(message, clock) {
  const head = document.createElement("summary");
  const subject = document.createElement("b");
  subject.textContent = message.text;
  const rest = document.createElement("span");
  rest.textContent = `${message.author} · ${clock(new Date(message.at))}`;
  head.append(subject, rest);
  return head;
}

function sheetOf(message) {
  const sheet = document.createElement("iframe");
  sheet.setAttribute("sandbox", CAN);
  sheet.title = message.text;
  sheet.src = `/sandbox/mail/${encodeURIComponent(message.id)}`;
  return sheet;
}
