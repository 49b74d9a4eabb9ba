"""The words of STOP: alone, and in a sentence together with what we send. All folded (`bot.core.spoken`)."""

from __future__ import annotations

import re

from bot.core.intent_words import phrases

# Alone in a message (or in a sentence of their own) these must be obeyed by law. CANCEL, END and QUIT are a carrier's
# words for it.
STOP_WORDS = frozenset(
    """stop stopp stopall stopper stoppez stoper stope stopez unsubscribe unsubscribed cancel end quit revoke optout
    arret arrets arrete arretes arretez arreter arretee arett arete aretez areter arrett arretter desabonner
    desabonnement desabonne desabonnez desabo desinscrire desinscription desinscris desinscrivez desinscrit cesser
    cessez sotp stpo tsop unsuscribe unsubcribe unsubscrib unsubscibe unsubsribe resilier resiliation basta stopit
    desabonnner desabonement desabonez unsub stopsms stoptout enough""".split()
)
# "cease", "halt": of a machine as well as of a message, so only together with what is sent.
STOP_VERBS = frozenset(
    """stop stops stopper stoppez stopping stopped arret arrete arretes arretez arreter arretent arretiez arreterez
    arreterais cesse cessez cesser cesserez cessation cease quit finish finissez end assez enough halt ras marre
    desactiver desactivez desactive supprimer supprimez disable deactivate interrompre interrompez suspendez""".split()
)
SENT = frozenset(
    """message messages msg sms texto textos text texts texting rappel rappels relance relances notification
    notifications notif notifs mail mails email emails e-mail courriel courriels spam spams pub pubs publicite
    publicites newsletter newsletters alerte alertes alert alerts reminder reminders messaging messenging writing
    contacting emailing mailing spamming bothering harassing calling pestering notifying disturbing annoying
    whatsapp telegram relancer spammer harceler harcelement envois envoi sending communications communication
    correspondance sollicitations solliciter importuner deranger reminding subscription abonnement bombarding
    pinging nagging bugging contact-me ecrire contacter envoyer embeter""".split()
)
# *Retirez-moi de la liste d'attente* gives up a place in a line, and refuses no message.
OFF_THE_LIST = re.compile(
    r"\b(?:retire[rz]?|enleve[rz]?|raye[rz]?|supprime[rz]?|ote[rz]?|sortez|sortir|desinscri\w{0,5}|quitte[rz]?|remove"
    r"|take (?:me|us) off)\b(?: (?!sur\b|on\b)\w+|-\w+){0,4}? (?:(?:liste|file) d.attente|wait(?:ing)?[ -]?list)\b"
)
OPT_OUT = {
    "fr": phrases(
        """m oppose a recevoir, m oppose a la reception, desabonnez, desabonne, desinscrivez, desinscris,
        me desabonner, desabonnez moi, desabonne moi, se desabonner, me desinscrire, desinscrivez moi,
        desinscris moi, desinscrire, desabonner, desabonnement, desinscription, laissez moi tranquille,
        laisse moi tranquille, fichez moi la paix, foutez moi la paix, lachez moi, fiche moi la paix,
        laissez moi en paix, laisse moi en paix, otez moi, ote moi, fin des messages, fin des sms,
        fin des rappels, fin des notifications, refuse de recevoir, refuse vos, refuse les messages,
        suffit les messages, suffit vos messages, suffit les sms, suffit les rappels, retirez moi de,
        retirez moi, retire moi, enlevez moi de, enlevez moi, enleve moi de, rayez moi, supprimez moi,
        retirez mon numero, enlevez mon numero, supprimez mon numero, supprimer mon numero, effacez mon numero,
        effacez moi, oubliez mon numero, sortez moi de, ne plus etre contacte, ne plus etre contactee,
        ne plus recevoir, plus rien recevoir, plus recevoir de, plus recevoir vos, plus recevoir ces,
        plus recevoir aucun, veux plus recevoir, veux plus de vos messages, plus etre contacte,
        plus etre contactee, plus etre derange, plus etre relance, plus etre sollicite, souhaite plus recevoir,
        veux pas recevoir, ne rien recevoir, plus de messages, plus de message, plus de sms, plus de rappels,
        plus de rappel, plus de notifications, plus de notification, plus de mails, plus de relances,
        plus de texto, plus de textos, pas de messages, pas de message, pas de sms, pas de rappels,
        pas de rappel, pas de relances, plus aucun message, plus aucun sms, plus aucun rappel, aucun message,
        plus un seul message, plus vos messages, plus de vos messages, plus de vos sms, plus de vos rappels,
        plus de tes messages, veux plus de messages, m ecrivez plus, m ecris plus, m ecrire plus, plus m ecrire,
        m envoyez plus, m envoie plus, envoyez plus, m envoyer plus, plus m envoyer, plus me contacter,
        me contactez plus, me contacte plus, contactez plus, me relancez plus, me relance plus,
        me derangez plus, m embetez plus, plus me relancer, plus me deranger, m ecrivez pas, m envoyez pas,
        me contactez pas, m ecrivez jamais, me contactez jamais, m envoyez rien, m envoyez jamais, opt out,
        optout, me notifiez plus, me sollicitez plus, sollicitez plus, me spammez plus, marre de vos messages,
        marre de recevoir, marre de vos sms, ras le bol de vos, assez de vos messages, assez de messages,
        retirer de la liste, retirer de votre liste, retirer de vos listes, retirez de vos listes, rayer de vos listes,
        enlever de vos listes, enlever de votre liste, supprimer de vos listes, supprimer de votre liste,
        rayer de votre liste, effacer mon numero, liste rouge, retire mon consentement,
        retirer mon consentement, plus de contact, plus d sms, plus rien de vous, plus rien m envoyer,
        m ecrivez plus jamais, plus jamais de messages, m envoyez plus rien, annuler mes rappels, annuler les rappels,
        annulez mes rappels, annulez les rappels, annule mes rappels, annule les rappels, annuler les messages,
        annulez les messages, couper les rappels, coupez les rappels, couper mes rappels, couper les messages,
        coupez les messages, enlever les rappels, enlevez les rappels, enlever mes rappels, enlevez mes rappels,
        retirez les rappels, retirer les rappels"""
    ),
    "en": phrases(
        """not keep texting, not keep messaging, not keep writing, not keep sending, unsubscribe, unsubscribe me,
        opt out, opt me out, optout, opting out, opted out, take me off,
        remove me, remove my number, delete my number, lose my number, leave me alone, no more messages,
        no more texts, no more reminders, no more sms, no more emails, no more notifications, no more text,
        no more message, no messages, no texts, no reminders, no sms, turn off the reminders,
        turn off reminders, turn off the messages, turn off messages, turn off notifications,
        switch off the reminders, switch off reminders, no more spam, no more alerts, no more whatsapp,
        do not text, do not message, do not contact, do not write, do not email, not ever text,
        not ever message, not ever contact, not ever write, not text me, not message me, not write to me,
        not write me, not contact me, not email me, not send me, not send any, not send more, not notify me,
        not remind me, not bother me, not disturb me, not spam me, not want messages, not want any messages,
        not want any more messages, not want more messages, not want your messages, not want these messages,
        not want any texts, not want texts, not want your texts, not want these texts, not want any more texts,
        not want reminders, not want any reminders, not want your reminders, not want these reminders,
        not want any more reminders, not want to receive, not want to be contacted, not want to get,
        not wish to receive, not wish to be contacted, no longer wish to receive,
        no longer wish to be contacted, no longer want to receive, no longer want messages,
        no longer want these messages,
        no longer want these texts, no longer want these reminders, no longer want your messages,
        no longer want your texts, no longer want any messages, no longer want any texts, no longer want texts,
        no longer want reminders, no longer want to be contacted, no longer want to get, no longer need messages,
        no longer need these messages, no longer need these texts, no longer need your messages,
        no longer need reminders, no longer need these reminders, no longer need your reminders, not need messages,
        not need these messages, not need these texts, not need your messages, not need any messages,
        not need any more messages, not need reminders, not need these reminders, not need your reminders,
        never text me,
        never contact me, never message me, never write to me, never email me, stop it, stop that, stop this,
        cut it out, get me off, off your list, off this list, withdraw my consent, withdraw consent,
        revoke my consent, revoke consent, remove from list, not receive any, not receive messages,
        cancel my subscription, cancel subscription, cancel my messages, cancel messages, cancel reminders,
        cancel my reminders, cancel the reminders, cancel all reminders, turn off my reminders, turn off all reminders,
        turn my reminders off, turn the reminders off, turn reminders off, switch off my reminders,
        cancel notifications, cancel these messages, cancel these texts, cancel texts, end messages,
        end subscription, end texts, quit messaging, quit texting, sick of your messages,
        sick of these messages, tired of your messages, tired of these messages, enough messages, enough texts,
        enough with the messages, fuck off, piss off, go away, do not call, never call"""
    ),
}
SCOPE_WORDS = SENT | frozenset(
    """les la le l ces vos tes mes de d des du tous toutes tout me m moi ca cela it that this these those your the all
    any to now maintenant immediatement immediately definitivement definitif demande ai vous you have tu please ici
    here already right away ok svp stp merci a and et je j i s t y en il elle n ne non oui no yes partout complet
    total mais can could would will ever voulez pouvez pourriez suite immediat everything everywhere completely recevoir
    receiving receive getting get nous on suis veux want said dit again encore enough""".split()
)
