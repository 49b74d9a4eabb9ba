// The page's own words, in its two languages. What is said in the chats comes from the service.

export const WORDS = {
  fr: {
    title: "Prêté-Rendu : bac à sable", skip: "Aller aux téléphones",
    tagline: "Un réseau téléphonique dans une boîte : rien ne part d’ici.",
    clock: "L’horloge du bac à sable", half_hour: "+30 min", two_hours: "+2 h", next_morning: "prochain 08:00",
    moving: "Le temps passe…", moved: "Il est maintenant {when}.", language: "Langue", phones: "Téléphones",
    activity: "Activité", planned: "À venir", outbox: "Boîte d’envoi",
    no_planned: "Rien n’est prévu pour l’instant.", no_outbox: "Rien n’est encore parti.",
    trouble: "Mauvais jours", troubles: { down: "Opérateur en panne", slow: "Réseau lent", window: "Fenêtre de 24 h fermée", off: "Téléphone d’Awa éteint", dead: "Awa n’a plus WhatsApp" },
    setup: "Code d’installation, à taper dans un groupe : ", empty: "Écrivez un message, ou touchez une des idées ci-dessous.", empty_plain: "Écrivez un message.", empty_mail: "Aucun e-mail pour l’instant.",
    write: "Écrire à {name}", write_as: "Écrire comme", placeholder: "Message", send: "Envoyer", photo: "Envoyer une photo d’exemple",
    answer: "Répondre à ce message", answering: "Réponse à : {text}", no_answer: "Ne plus répondre à ce message",
    chips: "Idées à essayer", conversation: "Conversation : {name}", picture: "Photo", file: "Fichier", edited: "modifié", unread: "non lus",
    today: "Aujourd’hui", yesterday: "Hier", offline: "Le service ne répond pas ; nouvel essai…", back: "Le service répond de nouveau.",
    joined: "{name} a rejoint le groupe", moved_group: "Le groupe a changé d’adresse",
    ticks: { queued: "en file", sent: "envoyé", delivered: "remis", read: "lu", undelivered: "non remis", failed: "échec", lost: "non reçu par le service" },
    badges: { whatsapp: "WhatsApp", sms: "SMS", telegram: "Telegram", group: "Telegram", mail: "E-mail" },
    kinds: {
      reminder_2h: "Rappel, 2 h avant", reminder_day_2: "Rappel à J-2", reminder_day_1: "Rappel la veille", reminder_due_day: "Rappel du jour",
      reminders: "Rappels groupés", overdue: "Relance de retard", dun: "Relance de créance", debt_reminder: "Relance de créance",
      return_nudge: "Retour à confirmer", request_nudge: "Demande sans réponse", request_expiry: "Fin d’une demande", escalation: "Alerte à l’équipe",
      loan_created: "Prêt noté", returned: "Retour confirmé", return_declared: "Retour déclaré", loan_requested: "Demande de prêt",
      extended: "Prolongation", loan_card: "Fiche de prêt", loan_list: "Liste des prêts", help: "Aide", staff_help: "Aide de l’équipe",
      stopped: "STOP noté", started: "Reprise", welcome: "Bienvenue", not_understood: "Pas compris", digest: "Point du matin", staff_nudge: "Rappel à l’équipe",
    },
    states: {
      pending: "en attente", sending: "en cours", retrying: "nouvel essai", sent: "envoyée", delivered: "remise", read: "lue", dead: "échec",
      unsure: "incertaine", withheld: "retenue", superseded: "remplacée", expired: "périmée", cancelled: "annulée",
    },
  },
  en: {
    title: "Prêté-Rendu: sandbox", skip: "Skip to the phones",
    tagline: "A telephone network in a box: nothing leaves this page.",
    clock: "The sandbox clock", half_hour: "+30 min", two_hours: "+2 h", next_morning: "next 08:00",
    moving: "Time goes by…", moved: "It is now {when}.", language: "Language", phones: "Phones",
    activity: "Activity", planned: "Coming up", outbox: "Outbox",
    no_planned: "Nothing is planned for now.", no_outbox: "Nothing has left yet.",
    trouble: "Bad days", troubles: { down: "Provider down", slow: "Slow network", window: "24-hour window closed", off: "Awa’s phone is off", dead: "Awa left WhatsApp" },
    setup: "Set-up code, to type in a group: ", empty: "Write a message, or tap one of the ideas below.", empty_plain: "Write a message.", empty_mail: "No e-mail yet.",
    write: "Write to {name}", write_as: "Write as", placeholder: "Message", send: "Send", photo: "Send a sample photo",
    answer: "Reply to this message", answering: "Replying to: {text}", no_answer: "Stop replying to this message",
    chips: "Things to try", conversation: "Conversation: {name}", picture: "Photo", file: "File", edited: "edited", unread: "unread",
    today: "Today", yesterday: "Yesterday", offline: "The service does not answer; trying again…", back: "The service answers again.",
    joined: "{name} joined the group", moved_group: "The group has moved to a new address",
    ticks: { queued: "queued", sent: "sent", delivered: "delivered", read: "read", undelivered: "not delivered", failed: "failed", lost: "not received by the service" },
    badges: { whatsapp: "WhatsApp", sms: "SMS", telegram: "Telegram", group: "Telegram", mail: "E-mail" },
    kinds: {
      reminder_2h: "Reminder, 2 h before", reminder_day_2: "Reminder, two days before", reminder_day_1: "Reminder, the day before", reminder_due_day: "Reminder on the day",
      reminders: "Reminders together", overdue: "Overdue notice", dun: "Debt reminder", debt_reminder: "Debt reminder",
      return_nudge: "Return to confirm", request_nudge: "Request unanswered", request_expiry: "End of a request", escalation: "Alert to staff",
      loan_created: "Loan noted", returned: "Return confirmed", return_declared: "Return declared", loan_requested: "Loan asked for",
      extended: "Extension", loan_card: "Loan card", loan_list: "List of loans", help: "Help", staff_help: "Staff help",
      stopped: "STOP noted", started: "Start again", welcome: "Welcome", not_understood: "Not understood", digest: "Morning summary", staff_nudge: "Nudge to staff",
    },
    states: {
      pending: "waiting", sending: "under way", retrying: "trying again", sent: "sent", delivered: "delivered", read: "read", dead: "failed",
      unsure: "unsure", withheld: "withheld", superseded: "superseded", expired: "expired", cancelled: "cancelled",
    },
  },
};

const MOODS = {
  good: ["sent", "delivered", "read"], waiting: ["pending", "sending", "retrying", "unsure"], bad: ["dead"],
  quiet: ["withheld", "superseded", "expired", "cancelled"],
};

export const moodOf = (state) => Object.keys(MOODS).find((mood) => MOODS[mood].includes(state)) ?? "quiet";
