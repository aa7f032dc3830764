/*
 * test_offer.c - what a reply of ours offers and promises, and when that falls due.
 *
 * It is Wednesday 2026-09-23, 10:00 in Berlin; the office is open from nine to five, Monday to Friday. A case lists the
 * remedies as "refund 20, apology", the vows as their due times: "Thu 24 17:00", "open" where no time is said.
 */
#include "local_time.h"

#include <string.h>

#include "asset.h"
#include "offer.h"
#include "respond/money.h"
#include "respond/when.h"

static const char *const holidays[] = {"2026-12-25", "10-03", NULL};
static const struct office office = {.open_min = 540, .close_min = 1020, .days = 0x1f, .holidays = holidays};

struct bench {
	struct ruleset *rules;
	struct offer_reader *reader;
	struct arena *arena;
};

static int bench_open(void **state)
{
	struct bench *bench = calloc(1, sizeof(*bench));
	struct rules_builder *builder = rules_builder_new();
	const struct asset *asset = NULL;
	struct error e;

	assert_non_null(bench);
	while ((asset = asset_next("classify/rules/offer/", asset)) != NULL)
		if (rules_add(builder, asset->name, asset->data, asset->len, false, &e) != ERR_OK)
			fail_msg("%s", e.text);
	if (rules_compile(builder, &bench->rules, &e) != ERR_OK)
		fail_msg("%s", e.text);
	rules_builder_free(&builder);
	bench->reader = offer_reader_new(bench->rules);
	bench->arena = arena_new(16u << 20);
	assert_true(bench->reader != NULL && bench->arena != NULL);
	zone(BERLIN);
	*state = bench;
	return 0;
}

static int bench_close(void **state)
{
	struct bench *bench = *state;

	offer_reader_free(&bench->reader);
	offer_reader_free(&bench->reader);
	ruleset_free(&bench->rules);
	arena_free(&bench->arena);
	free(bench);
	return 0;
}

static struct offers read_at(struct bench *bench, const char *text, const char *lang, const char *now)
{
	struct offers offers = {0};
	struct error e;

	arena_reset(bench->arena);
	if (offers_read(bench->reader, bench->arena, text, strlen(text), lang, at(now), &office, &offers, &e) != ERR_OK)
		fail_msg("%s: %s", text, e.text);
	return offers;
}

/* ---- tables ---- */

struct sentence {
	int line;
	const char *text;
	const char *offers; /* "apology, refund 20" in order; "" none */
	const char *vows;   /* "Thu 24 17:00, open"; "" none */
};

static void offers_write(const struct offers *offers, char *out, size_t size)
{
	size_t n = 0;

	out[0] = '\0';
	for (size_t i = 0; i < offers->offer_count && n < size; i++) {
		const struct offer *offer = &offers->offers[i];

		n += (size_t)snprintf(out + n, size - n, "%s%s", i ? ", " : "", remedy_name(offer->remedy));
		if (offer->amount > 0 && n < size)
			n += (size_t)snprintf(out + n, size - n, " %g", offer->amount);
	}
}

static void vows_write(const struct offers *offers, char *out, size_t size)
{
	size_t n = 0;

	out[0] = '\0';
	for (size_t i = 0; i < offers->vow_count && n < size; i++) {
		time_t due = (time_t)offers->vows[i].due_s;
		char text[32] = "open";
		struct tm tm;

		if (due != 0) {
			assert_non_null(localtime_r(&due, &tm));
			assert_true(strftime(text, sizeof(text), tm.tm_mon == 8 ? "%a %d %R" : "%d %b %R", &tm) > 0);
		}
		n += (size_t)snprintf(out + n, size - n, "%s%s", i ? ", " : "", text);
	}
}

static void run(void **state, const char *lang, const struct sentence *list, size_t count)
{
	size_t wrong = 0;

	for (size_t i = 0; i < count; i++) {
		struct offers offers = read_at(*state, list[i].text, lang, "2026-09-23 10:00");
		char got_offers[300], got_vows[300];

		offers_write(&offers, got_offers, sizeof(got_offers));
		vows_write(&offers, got_vows, sizeof(got_vows));
		assert_false(offers.undecided);
		if (strcmp(got_offers, list[i].offers) == 0 && strcmp(got_vows, list[i].vows) == 0)
			continue;
		wrong++;
		print_error("line %d: %s\n  offers \"%s\", not \"%s\"; vows \"%s\", not \"%s\"\n", list[i].line,
			    list[i].text, got_offers, list[i].offers, got_vows, list[i].vows);
		for (size_t k = 0; k < offers.vow_count; k++)
			print_error("  vow %s\n", offers.vows[k].rule);
	}
	if (wrong > 0)
		fail_msg("%zu of %zu sentences", wrong, count);
}

static void remedies_are_read_with_their_amounts(void **state)
{
	static const struct sentence list[] = {
		{__LINE__, "We are so sorry that your parcel never came.", "apology", ""},
		{__LINE__, "Our apologies for the mix-up, Ada.", "apology", ""},
		{__LINE__, "This should not have happened.", "apology", ""},
		{__LINE__, "We got that wrong, and it was our mistake.", "apology", ""},
		{__LINE__, "We cannot apologise enough for the wait.", "apology", ""},
		{__LINE__, "No need to apologise, you are right to ask.", "", ""},
		{__LINE__, "Your refund of $20 has been issued.", "refund 20", ""},
		{__LINE__, "We have refunded you 1,234.50 EUR.", "refund 1234.5", ""},
		{__LINE__, "You get your money back.", "refund", ""},
		{__LINE__, "We have reversed the charge of £12.", "refund 12", ""},
		{__LINE__, "We have waived that fee for you.", "refund", ""},
		{__LINE__, "We would gladly reimburse the taxi, 35 euros.", "refund 35", ""},
		{__LINE__, "A replacement is on its way to you.", "replacement", ""},
		{__LINE__, "We are happy to exchange the kettle in any shop.", "replacement", ""},
		{__LINE__, "We have sent you a new one this morning.", "replacement", ""},
		{__LINE__, "Here is 15% off your next order.", "discount 15", ""},
		{__LINE__, "Please accept a discount of 10 euros.", "discount 10", ""},
		{__LINE__, "The next night is half price.", "discount", ""},
		{__LINE__, "A voucher worth €25 is in your inbox.", "credit 25", ""},
		{__LINE__, "We have added a $5 credit.", "credit 5", ""},
		{__LINE__, "Your next coffee is on us.", "credit", ""},
		{__LINE__, "You were counting on us, and that is on us.", "apology", ""},
		{__LINE__, "We have repaired it free of charge.", "credit", ""},
		{__LINE__, "May we give you a quick call?", "call_back", ""},
		{__LINE__, "Would you like a call back?", "call_back", ""},
		{__LINE__, "Sorry! We have refunded $30 and added a voucher of $10.", "apology, refund 30, credit 10",
		 ""},
		{__LINE__, "We are sorry. Would you rather have a refund or a replacement?",
		 "apology, refund, replacement", ""},
		{__LINE__, "The fare was $80. We have refunded it.", "refund", ""},
		{__LINE__, "Thank you for telling us, Ada.", "", ""},
		{__LINE__, "Our shop in Hull is open until 6 pm.", "", ""},
	};

	run(state, "en", list, ARRAY_LEN(list));
}

static void what_is_denied_or_asked_about_is_no_offer(void **state)
{
	static const struct sentence list[] = {
		{__LINE__, "Have you received your refund?", "", ""},
		{__LINE__, "Has your replacement arrived yet?", "", ""},
		{__LINE__, "Did you ask for a refund in the shop?", "", ""},
		{__LINE__, "Were you offered a voucher at the gate?", "", ""},
		{__LINE__, "You were promised a refund, and it did not come.", "", ""},
		{__LINE__, "We cannot offer you a refund.", "", ""},
		{__LINE__, "We are not able to refund this ticket.", "", ""},
		{__LINE__, "A refund is unfortunately not possible.", "", ""},
		{__LINE__, "There is no discount on gift wrapping.", "", ""},
		{__LINE__, "Our refund policy is on the receipt.", "", ""},
		{__LINE__, "A replacement bus leaves from stop 4.", "", ""},
		{__LINE__, "Your request for a refund has reached us.", "", ""},
		{__LINE__, "We cannot refund the ticket, but here is a voucher of $20.", "credit 20", ""},
		{__LINE__, "We can't exchange it; we have given you a full refund.", "refund", ""},
		{__LINE__, "Sorry, we do not know yet whether a refund is possible.", "apology", ""},
	};

	run(state, "en", list, ARRAY_LEN(list));
}

static void vows_fall_due_when_they_say(void **state)
{
	static const struct sentence list[] = {
		{__LINE__, "We will get back to you by Thursday.", "", "Thu 24 17:00"},
		{__LINE__, "We'll be in touch by Friday.", "", "Fri 25 17:00"},
		{__LINE__, "You will hear from us within two days.", "", "Fri 25 17:00"},
		{__LINE__, "You'll hear back from us within two working days.", "", "Fri 25 17:00"},
		{__LINE__, "You will have an answer within three working days.", "", "Mon 28 17:00"},
		{__LINE__, "I will reply tomorrow.", "", "Thu 24 17:00"},
		{__LINE__, "We will let you know the day after tomorrow.", "", "Thu 24 17:00"},
		{__LINE__, "We will let you know by the day after tomorrow.", "", "Fri 25 17:00"},
		{__LINE__, "We will update you by the end of the week.", "", "Fri 25 17:00"},
		{__LINE__, "We will write to you by the end of next week.", "", "02 Oct 17:00"},
		{__LINE__, "We will come back to you next week.", "", "02 Oct 17:00"},
		{__LINE__, "We will answer by 3 December.", "", "03 Dec 17:00"},
		{__LINE__, "We will answer by December 3rd, 2026.", "", "03 Dec 17:00"},
		{__LINE__, "We will answer by 2026-12-03.", "", "03 Dec 17:00"},
		{__LINE__, "We will answer by 4 January.", "", "04 Jan 17:00"},
		{__LINE__, "We will answer by 25 December.", "", "24 Dec 17:00"}, /* a holiday: before it */
		{__LINE__, "We will answer on Sunday.", "", "Fri 25 17:00"},      /* closed then */
		{__LINE__, "We will call you by 5 pm today.", "call_back", "Wed 23 17:00"},
		{__LINE__, "We will call you before 5 p.m. tomorrow.", "call_back", "Thu 24 17:00"},
		{__LINE__, "We will call you tomorrow at 10:30.", "call_back", "Thu 24 10:30"},
		{__LINE__, "We will call you by noon.", "call_back", "Wed 23 12:00"},
		{__LINE__, "We will call you this evening.", "call_back", "Wed 23 21:00"},
		{__LINE__, "We will call you on Friday morning.", "call_back", "Fri 25 12:00"},
		{__LINE__, "I'll get back to you in the next 24 hours.", "", "Thu 24 10:00"},
		{__LINE__, "I'll get back to you within 48 hours.", "", "Fri 25 10:00"},
		{__LINE__, "I'll get back to you within 72 hours.", "", "Fri 25 17:00"}, /* Saturday */
		{__LINE__, "I'll get back to you within the hour.", "", "Wed 23 11:00"},
		{__LINE__, "I'll get back to you in half an hour.", "", "Wed 23 10:30"},
		{__LINE__, "I'll get back to you in a couple of days.", "", "Fri 25 17:00"},
		{__LINE__, "It will be fixed in 3-5 working days.", "", "Wed 30 17:00"},
		{__LINE__, "It will be fixed within a week.", "", "Wed 30 17:00"},
		{__LINE__, "We will get back to you today.", "", "Wed 23 17:00"},
		{__LINE__, "We will get back to you by the end of the day.", "", "Wed 23 17:00"},
		{__LINE__, "We will get back to you by close of business.", "", "Wed 23 17:00"},
		{__LINE__, "We will get back to you shortly.", "", "open"},
		{__LINE__, "We'll be back to you as soon as possible.", "", "open"},
		{__LINE__, "We will look into it and get back to you by Thursday.", "", "Thu 24 17:00"},
		{__LINE__, "By Thursday you will hear from us.", "", "Thu 24 17:00"},
		{__LINE__, "Tomorrow our team will call you.", "call_back", "Thu 24 17:00"},
		{__LINE__, "Someone will be in touch by Friday.", "", "Fri 25 17:00"},
		{__LINE__, "Our billing team will look at it and write to you by Friday.", "", "Fri 25 17:00"},
		{__LINE__, "We will refund you by Friday.", "refund", "Fri 25 17:00"},
		{__LINE__, "Your refund will be in your account within 5 days.", "refund", "Mon 28 17:00"},
		{__LINE__, "We will send you a new one tomorrow.", "replacement", "Thu 24 17:00"},
		{__LINE__, "We promise you an answer by Friday.", "", "Fri 25 17:00"},
		{__LINE__, "We will reply by Thursday, and we will refund the fare by Friday.", "refund",
		 "Thu 24 17:00, Fri 25 17:00"},
		{__LINE__, "We are sorry. We will look into it today. You will hear from us by Friday.", "apology",
		 "Wed 23 17:00, Fri 25 17:00"},
		{__LINE__, "Expect an answer by Monday.", "", "Mon 28 17:00"},
		{__LINE__, "More news to follow.", "", "open"},
		{__LINE__, "The next word from us comes by Friday.", "", "Fri 25 17:00"},
		{__LINE__, "Word from us by Friday at the latest.", "", "Fri 25 17:00"},
		{__LINE__, "By Friday you will have word from us, even if it is not solved by then.", "",
		 "Fri 25 17:00"},
		{__LINE__, "We have asked the depot. By Friday we will write again.", "", "Fri 25 17:00"},
		{__LINE__, "You have your number; one person here will keep at it and write by Friday.", "",
		 "Fri 25 17:00"},
		{__LINE__, "We will look into what happened this morning.", "", "open"},
		{__LINE__, "We will find out why nobody called you on Monday.", "", "open"},
	};

	run(state, "en", list, ARRAY_LEN(list));
}

static void what_is_denied_asked_or_conditional_is_no_vow(void **state)
{
	static const struct sentence list[] = {
		{__LINE__, "We cannot promise that we will be back to you by Friday.", "", ""},
		{__LINE__, "We can't say whether you will hear from us today.", "", ""},
		{__LINE__, "It is too early to promise that it will be fixed by Friday.", "", ""},
		{__LINE__, "We cannot give you a date yet, but we will write to you by Friday.", "", "Fri 25 17:00"},
		{__LINE__, "Send us your order number and we will look into it right away.", "", ""},
		{__LINE__, "Please send us a direct message. We will find your parcel.", "", ""},
		{__LINE__, "If you tell us the date, we will get back to you within an hour.", "", ""},
		{__LINE__, "We will look into it as soon as you confirm the address.", "", ""},
		{__LINE__, "Please send us a direct message. We will answer by Thursday.", "", "Thu 24 17:00"},
		{__LINE__, "Will we hear from you by Friday?", "", ""},
		{__LINE__, "Could you get back to us by Friday?", "", ""},
		{__LINE__, "We will look at that charge with you. Send us the date via direct message.", "", ""},
		{__LINE__, "A line via direct message is enough and somebody will look at it with you.", "", ""},
		/* a day named in public holds, whatever was asked for beside it */
		{__LINE__, "Write to us via direct message and one of us will write to you by Friday.", "",
		 "Fri 25 17:00"},
		{__LINE__, "You should get a clear answer.", "", ""},
		{__LINE__, "We are looking into it.", "", ""},
		{__LINE__, "The bridge is closed until Friday.", "", ""},
		{__LINE__, "Your parcel was due by Monday.", "", ""},
		{__LINE__, "We will not leave it at that.", "", ""},
		{__LINE__, "We would love to hear from you today.", "", ""},
	};

	run(state, "en", list, ARRAY_LEN(list));
}

static void german_replies_are_read(void **state)
{
	static const struct sentence list[] = {
		{__LINE__, "Das tut uns sehr leid, Ada.", "apology", ""},
		{__LINE__, "Wir bitten um Entschuldigung für die Verspätung.", "apology", ""},
		{__LINE__, "Wir haben Ihnen 1.234,50 € erstattet.", "refund 1234.5", ""},
		{__LINE__, "Ein Gutschein über 25 Euro ist unterwegs.", "credit 25", ""},
		{__LINE__, "Sie erhalten 10 % Rabatt auf den nächsten Einkauf.", "discount 10", ""},
		{__LINE__, "Ein Ersatzgerät ist unterwegs.", "replacement", ""},
		{__LINE__, "Haben Sie die Erstattung schon erhalten?", "", ""},
		{__LINE__, "Eine Erstattung können wir leider nicht zusagen.", "", ""},
		{__LINE__, "Wir melden uns bis Donnerstag bei Ihnen.", "", "Thu 24 17:00"},
		{__LINE__, "Bis Freitag hören Sie von uns.", "", "Fri 25 17:00"},
		{__LINE__, "Sie hören innerhalb von zwei Werktagen von uns.", "", "Fri 25 17:00"},
		{__LINE__, "Wir rufen Sie morgen um 10 Uhr an.", "call_back", "Thu 24 10:00"},
		{__LINE__, "Eine Kollegin wird sich heute noch bei Ihnen melden.", "", "Wed 23 17:00"},
		{__LINE__, "Wir klären das bis Ende der Woche.", "", "Fri 25 17:00"},
		{__LINE__, "Wir werden Ihnen bis zum 3. Dezember antworten.", "", "03 Dec 17:00"},
		{__LINE__, "Wir antworten Ihnen bis übermorgen.", "", "Fri 25 17:00"},
		{__LINE__, "Wir melden uns in Kürze.", "", "open"},
		{__LINE__, "Wir melden uns bis Freitag, auch wenn es dann noch nicht gelöst ist.", "", "Fri 25 17:00"},
		{__LINE__, "Wir können leider nicht versprechen, dass wir uns heute melden.", "", ""},
		{__LINE__, "Bitte senden Sie uns die Nummer, dann prüfen wir das.", "", ""},
	};

	run(state, "de", list, ARRAY_LEN(list));
}

static void spanish_replies_are_read(void **state)
{
	static const struct sentence list[] = {
		{__LINE__, "Lo sentimos mucho, Ada.", "apology", ""},
		{__LINE__, "Le hemos reembolsado 20 euros.", "refund 20", ""},
		{__LINE__, "Le hemos enviado un vale de 25 €.", "credit 25", ""},
		{__LINE__, "Le damos un descuento del 10 % en la próxima compra.", "discount 10", ""},
		{__LINE__, "Sustituiremos la pieza el viernes.", "replacement", "Fri 25 17:00"},
		{__LINE__, "¿Ha recibido ya el reembolso?", "", ""},
		{__LINE__, "No podemos ofrecer un reembolso.", "", ""},
		{__LINE__, "Le responderemos antes del jueves.", "", "Thu 24 17:00"},
		{__LINE__, "Le llamaremos mañana a las 10:00.", "call_back", "Thu 24 10:00"},
		{__LINE__, "Le responderemos pasado mañana por la mañana.", "", "Fri 25 12:00"},
		{__LINE__, "Le escribiremos en dos días hábiles.", "", "Fri 25 17:00"},
		{__LINE__, "Tendrá noticias nuestras el viernes.", "", "Fri 25 17:00"},
		{__LINE__, "Nos pondremos en contacto con usted en las próximas 24 horas.", "", "Thu 24 10:00"},
		{__LINE__, "Le responderemos antes del 3 de diciembre.", "", "03 Dec 17:00"},
		{__LINE__, "Le responderemos a finales de semana.", "", "Fri 25 17:00"},
		{__LINE__, "Lo revisaremos hoy.", "", "Wed 23 17:00"},
		{__LINE__, "Le avisaremos pronto.", "", "open"},
		{__LINE__, "Volverá a saber de nosotros a más tardar el viernes.", "", "Fri 25 17:00"},
		{__LINE__, "Envíenos el número de pedido y lo revisaremos.", "", ""},
	};

	run(state, "es", list, ARRAY_LEN(list));
}

static void french_replies_are_read(void **state)
{
	static const struct sentence list[] = {
		{__LINE__, "Nous sommes désolés, Ada.", "apology", ""},
		{__LINE__, "Toutes nos excuses pour cette attente.", "apology", ""},
		{__LINE__, "Nous vous avons remboursé 1 234,50 €.", "refund 1234.5", ""},
		{__LINE__, "Un bon d'achat de 25 € vous attend.", "credit 25", ""},
		{__LINE__, "Voici une remise de 10 % sur votre prochaine commande.", "discount 10", ""},
		{__LINE__, "Avez-vous reçu le remboursement ?", "", ""},
		{__LINE__, "Nous ne pouvons pas vous promettre un remboursement.", "", ""},
		{__LINE__, "Nous reviendrons vers vous avant jeudi.", "", "Thu 24 17:00"},
		{__LINE__, "Nous vous répondrons demain.", "", "Thu 24 17:00"},
		{__LINE__, "Nous vous répondrons après-demain.", "", "Fri 25 17:00"},
		{__LINE__, "Nous vous répondrons après-demain matin.", "", "Fri 25 12:00"},
		{__LINE__, "Nous vous répondrons demain après-midi.", "", "Thu 24 17:00"},
		{__LINE__, "Nous vous rappellerons demain à 10 h.", "call_back", "Thu 24 10:00"},
		{__LINE__, "Vous recevrez une réponse sous deux jours ouvrés.", "", "Fri 25 17:00"},
		{__LINE__, "Nous allons vérifier d'ici la fin de la semaine.", "", "Fri 25 17:00"},
		{__LINE__, "Vous aurez une réponse au plus tard le 3 décembre.", "", "03 Dec 17:00"},
		{__LINE__, "Nous vous répondrons aujourd'hui.", "", "Wed 23 17:00"},
		{__LINE__, "Nous vous recontacterons dans les prochaines 24 heures.", "", "Thu 24 10:00"},
		{__LINE__, "Nous revenons vers vous très vite.", "", "open"},
		{__LINE__, "Prochaines nouvelles d'ici vendredi.", "", "Fri 25 17:00"},
		{__LINE__, "Envoyez-nous le numéro et nous allons vérifier.", "", ""},
	};

	run(state, "fr", list, ARRAY_LEN(list));
}

static void italian_replies_are_read(void **state)
{
	static const struct sentence list[] = {
		{__LINE__, "Ci dispiace, Ada.", "apology", ""},
		{__LINE__, "Ci scusiamo per l'attesa.", "apology", ""},
		{__LINE__, "Le abbiamo rimborsato 1.234,50 €.", "refund 1234.5", ""},
		{__LINE__, "Le mandiamo un buono da 25 €.", "credit 25", "open"},
		{__LINE__, "Ecco uno sconto del dieci per cento.", "discount 10", ""},
		{__LINE__, "Le spediremo un altro pacco venerdì.", "replacement", "Fri 25 17:00"},
		{__LINE__, "Ha già ricevuto il rimborso?", "", ""},
		{__LINE__, "Non possiamo promettere un rimborso.", "", ""},
		{__LINE__, "La politica di rimborso è sul sito.", "", ""},
		{__LINE__, "Le risponderemo entro giovedì.", "", "Thu 24 17:00"},
		{__LINE__, "Le scriviamo domani.", "", "Thu 24 17:00"},
		{__LINE__, "Le scriviamo dopodomani.", "", "Fri 25 17:00"},
		{__LINE__, "Rispondiamo qui entro domani mattina.", "", "Thu 24 12:00"},
		{__LINE__, "Il rimborso arriverà entro due giorni lavorativi.", "refund", "Fri 25 17:00"},
		{__LINE__, "Provvederemo al rimborso.", "refund", "open"},
		{__LINE__, "La richiameremo domani alle 10.", "call_back", "Thu 24 10:00"},
		{__LINE__, "La richiamiamo domani pomeriggio alle 15:30.", "call_back", "Thu 24 15:30"},
		{__LINE__, "Riceverà una risposta entro due giorni lavorativi.", "", "Fri 25 17:00"},
		{__LINE__, "Controlleremo entro la fine della settimana.", "", "Fri 25 17:00"},
		{__LINE__, "Le risponderemo entro la prossima settimana.", "", "02 Oct 17:00"},
		{__LINE__, "Avrà nostre notizie al più tardi giovedì 3 dicembre.", "", "03 Dec 17:00"},
		{__LINE__, "Avrà nostre notizie entro l'8 ottobre.", "", "08 Oct 17:00"},
		{__LINE__, "Le risponderemo in giornata.", "", "Wed 23 17:00"},
		{__LINE__, "Le risponderemo domani in giornata.", "", "Thu 24 17:00"},
		{__LINE__, "Ci faremo vivi nelle prossime 24 ore.", "", "Thu 24 10:00"},
		{__LINE__, "Le scriveremo tra mezz'ora.", "", "Wed 23 10:30"},
		{__LINE__, "Ci risentiamo entro venerdì.", "", "Fri 25 17:00"},
		{__LINE__, "Le faremo sapere.", "", "open"},
		{__LINE__, "Le abbiamo scritto giovedì.", "", ""},
		{__LINE__, "Ci mandi il numero e controlleremo.", "", ""},
	};

	run(state, "it", list, ARRAY_LEN(list));
}

static void portuguese_replies_are_read(void **state)
{
	static const struct sentence list[] = {
		{__LINE__, "Lamentamos, Ada.", "apology", ""},
		{__LINE__, "Pedimos desculpa pela espera.", "apology", ""},
		{__LINE__, "Reembolsamos 1.234,50 €.", "refund 1234.5", ""},
		{__LINE__, "O estorno de R$ 80,00 foi feito.", "refund 80", ""},
		{__LINE__, "O estorno de 80 reais foi feito.", "refund 80", ""},
		{__LINE__, "Enviamos um vale de 25 €.", "credit 25", ""},
		{__LINE__, "Aqui está um desconto de dez por cento.", "discount 10", ""},
		{__LINE__, "Enviaremos um novo pacote na sexta-feira.", "replacement", "Fri 25 17:00"},
		{__LINE__, "Já recebeu o reembolso?", "", ""},
		{__LINE__, "Não podemos prometer um reembolso.", "", ""},
		{__LINE__, "O pedido de reembolso está em análise.", "", ""},
		{__LINE__, "Responderemos até quinta-feira.", "", "Thu 24 17:00"},
		{__LINE__, "Responderemos até quinta.", "", "Thu 24 17:00"},
		{__LINE__, "Escrevemos até sábado, 3 de outubro.", "", "02 Oct 17:00"},
		{__LINE__, "Escreveremos amanhã.", "", "Thu 24 17:00"},
		{__LINE__, "Escreveremos depois de amanhã.", "", "Fri 25 17:00"},
		{__LINE__, "Escreveremos depois de amanhã de manhã.", "", "Fri 25 12:00"},
		{__LINE__, "Responderemos até amanhã ao meio-dia.", "", "Thu 24 12:00"},
		{__LINE__, "A gente retorna até amanhã.", "", "Thu 24 17:00"},
		{__LINE__, "Vamos te ligar amanhã às 9h.", "call_back", "Thu 24 09:00"},
		{__LINE__, "O reembolso cairá na conta em dois dias úteis.", "refund", "Fri 25 17:00"},
		{__LINE__, "Trocamos algumas mensagens com a loja.", "", ""},
		{__LINE__, "Ligaremos amanhã às 10h.", "call_back", "Thu 24 10:00"},
		{__LINE__, "Ligaremos amanhã de manhã.", "call_back", "Thu 24 12:00"},
		{__LINE__, "Terá uma resposta em dois dias úteis.", "", "Fri 25 17:00"},
		{__LINE__, "Daremos retorno em até 48 horas.", "", "Fri 25 10:00"},
		{__LINE__, "Vamos verificar até o fim da semana.", "", "Fri 25 17:00"},
		{__LINE__, "Vamos verificar até ao final do dia.", "", "Wed 23 17:00"},
		{__LINE__, "Terá notícias nossas na próxima semana.", "", "02 Oct 17:00"},
		{__LINE__, "Terá notícias nossas na semana que vem.", "", "02 Oct 17:00"},
		{__LINE__, "Responderemos o mais tardar no dia 3 de dezembro.", "", "03 Dec 17:00"},
		{__LINE__, "Responderemos até 1º de outubro.", "", "01 Oct 17:00"},
		{__LINE__, "Responderemos hoje.", "", "Wed 23 17:00"},
		{__LINE__, "Responderemos nas próximas 24 horas.", "", "Thu 24 10:00"},
		{__LINE__, "Enviaremos a segunda peça.", "", "open"},
		{__LINE__, "Escrevemos na quinta passada.", "", ""},
		{__LINE__, "Entraremos em contato.", "", "open"},
		{__LINE__, "Envie-nos o número e vamos verificar.", "", ""},
	};

	run(state, "pt", list, ARRAY_LEN(list));
}

static void money_is_read_in_every_writing(void **state)
{
	static const struct {
		const char *text;
		double value; /* 0: none */
		const char *words;
	} cases[] = {
		{"a sum of $20 today", 20, "$20"},
		{"20$", 20, "20$"},
		{"1,234.50 EUR", 1234.5, "1,234.50 EUR"},
		{"1.234,50 €", 1234.5, "1.234,50 €"},
		{"€1.234", 1234, "€1.234"},
		{"1 234,50 €", 1234.5, "1 234,50 €"},
		{"1\u00a0234,5\u00a0€", 1234.5, "1\u00a0234,5\u00a0€"},
		{"1'234.50 CHF", 1234.5, "1'234.50 CHF"},
		{"USD 12.5", 12.5, "USD 12.5"},
		{"£ 7", 7, "£ 7"},
		{"10,- €", 10, "10,- €"},
		{"a 10-euro voucher", 10, "10-euro"},
		{"ten euros", 10, "ten euros"},
		{"zehn Euro", 10, "zehn Euro"},
		{"US$ 15", 15, "US$ 15"},
		{"1,000,000 pesos", 1000000, "1,000,000 pesos"},
		{"20 %", 20, "20 %"},
		{"twenty percent", 20, "twenty percent"},
		{"room 20", 0, NULL},
		{"20 euphoric fans", 0, NULL},
		{"order 1234567890123456 EUR", 0, NULL},
		{"", 0, NULL},
		{"$", 0, NULL},
		{"often euros", 0, NULL},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct money money = {0};
		size_t from = 0;
		bool found = money_next(cases[i].text, strlen(cases[i].text), &from, &money);

		if (found != (cases[i].words != NULL))
			fail_msg("%s: found %d", cases[i].text, found);
		if (!found)
			continue;
		if (money.value != cases[i].value || money.end - money.start != strlen(cases[i].words) ||
		    memcmp(cases[i].text + money.start, cases[i].words, money.end - money.start) != 0)
			fail_msg("%s: %g in %zu..%zu", cases[i].text, money.value, money.start, money.end);
	}
}

static void links_and_the_largest_amount_are_counted(void **state)
{
	static const struct {
		const char *text;
		size_t links;
		double amount;
		const char *sum;
	} cases[] = {
		{"See https://acme.example/help and www.acme.example.", 2, 0, NULL},
		{"acme.com/help or help.acme.co.uk", 2, 0, NULL},
		{"https://www.acme.com/a?b=acme.org", 1, 0, NULL},
		{"Write to care@acme.com, please.", 0, 0, NULL},
		{"Thank you.We will look.", 0, 0, NULL},
		{"It was $20, then 35 €.", 0, 35, "35 €"},
		{"It was US$ 1,000 and then 999 EUR.", 0, 1000, "US$ 1,000"},
		{"15% off", 0, 0, NULL},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct offers offers = read_at(*state, cases[i].text, NULL, "2026-09-23 10:00");

		if (offers.links != cases[i].links || offers.amount != cases[i].amount)
			fail_msg("%s: %zu links, %g", cases[i].text, offers.links, offers.amount);
		if ((offers.sum == NULL) != (cases[i].sum == NULL) ||
		    (offers.sum != NULL && strcmp(offers.sum, cases[i].sum) != 0))
			fail_msg("%s: %s", cases[i].text, offers.sum ? offers.sum : "(no sum)");
	}
}

/* A ruling and the page name the currency, and so the sum as the customer will read it. */
static void an_offer_keeps_its_sum_in_words(void **state)
{
	struct offers offers = read_at(*state, "We will refund you £12.50 of the £40.", NULL, "2026-09-23 10:00");

	assert_int_equal(offers.offer_count, 1);
	assert_true(offers.offers[0].sum != NULL && offers.offers[0].amount > 0);
	assert_memory_equal(offers.offers[0].sum, "£", strlen("£"));
	assert_string_equal(offers.sum, "£40");
}

static void due_times_follow_the_clock(void **state)
{
	static const struct {
		int line;
		const char *now, *text, *due; /* NULL: no time */
	} cases[] = {
		/* said on that very day: while it is open, today */
		{__LINE__, "2026-09-24 10:00", "We will reply by Thursday.", "2026-09-24 17:00"},
		{__LINE__, "2026-09-24 18:00", "We will reply by Thursday.", "2026-10-01 17:00"},
		{__LINE__, "2026-09-24 10:00", "We will reply next Thursday.", "2026-10-01 17:00"},
		/* after hours, today ends at midnight */
		{__LINE__, "2026-09-24 18:00", "We will reply today.", "2026-09-25 00:00"},
		{__LINE__, "2026-09-24 18:00", "We will reply by 5 pm.", "2026-09-25 17:00"},
		{__LINE__, "2026-09-24 18:00", "We will reply by 5 pm today.", "2026-09-25 00:00"},
		/* weekends */
		{__LINE__, "2026-09-25 18:00", "We will reply tomorrow.", "2026-09-27 00:00"},
		{__LINE__, "2026-09-25 10:00", "We will reply tomorrow.", "2026-09-25 17:00"},
		{__LINE__, "2026-09-26 10:00", "We will reply by the end of the week.", "2026-09-28 00:00"},
		{__LINE__, "2026-09-25 18:00", "We will reply within one working day.", "2026-09-28 17:00"},
		{__LINE__, "2026-09-26 12:00", "We will reply within two working days.", "2026-09-29 17:00"},
		{__LINE__, "2026-10-02 12:00", "We will reply within two days.", "2026-10-02 17:00"},
		/* the turn of the year */
		{__LINE__, "2026-12-30 10:00", "We will reply by 4 January.", "2027-01-04 17:00"},
		{__LINE__, "2026-12-30 10:00", "We will reply by the end of the month.", "2026-12-31 17:00"},
		{__LINE__, "2026-12-31 10:00", "We will reply tomorrow.", "2027-01-01 17:00"},
		/* a change of clocks lies between */
		{__LINE__, "2026-10-23 10:00", "We will reply by Monday.", "2026-10-26 17:00"},
		{__LINE__, "2026-10-24 12:00", "We will reply within 48 hours.", "2026-10-26 11:00"},
		{__LINE__, "2026-09-23 10:00", "We will reply on 3 September.", NULL},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct offers offers = read_at(*state, cases[i].text, "en", cases[i].now);
		int64_t due_s = cases[i].due != NULL ? at(cases[i].due) : 0;

		if (offers.vow_count != 1 || offers.vows[0].due_s != due_s)
			fail_msg("line %d: %s: %zu vows, %+.1f h off", cases[i].line, cases[i].text, offers.vow_count,
				 offers.vow_count ? (double)(offers.vows[0].due_s - due_s) / 3600 : 0.);
	}
}

static void a_vow_shows_its_words_and_rule(void **state)
{
	static const char text[] = "Sorry. By Thursday we will get back to you.";
	struct offers offers = read_at(*state, text, "en", "2026-09-23 10:00");

	assert_int_equal(offers.vow_count, 1);
	assert_string_equal(offers.vows[0].rule, "vow_answer");
	assert_int_equal(offers.vows[0].end, strlen(text) - strlen(" to you."));
	assert_memory_equal(text + offers.vows[0].start, "Thursday we", 11);
	assert_int_equal(offers.offer_count, 1);
	assert_string_equal(offers.offers[0].rule, "offer_apology_sorry");
}

static void a_text_in_a_language_without_rules_shows_links_and_amounts(void **state)
{
	struct offers offers = read_at(*state, "We refund 20 EUR, https://acme.example", "xx", "2026-09-23 10:00");

	assert_int_equal(offers.offer_count, 0);
	assert_int_equal(offers.vow_count, 0);
	assert_null(offers.offers);
	assert_int_equal(offers.links, 1);
	assert_true(offers.amount == 20);
	offers = read_at(*state, "", NULL, "2026-09-23 10:00");
	assert_int_equal(offers.offer_count + offers.vow_count + offers.links, 0);
}

static void names_of_remedies_go_there_and_back(void **state)
{
	enum remedy back = REMEDY_APOLOGY;

	(void)state;
	for (enum remedy i = 0; i < REMEDY_COUNT; i++) {
		assert_int_equal(remedy_from_name(remedy_name(i), &back), 1);
		assert_int_equal(back, i);
	}
	assert_int_equal(remedy_from_name("money", &back), 0);
}

/* ---- our own templates ---- */

/* A wording with its tags taken out and {{by}} filled in, as if every section were shown. */
static void wording_fill(const char *from, size_t len, const char *day, char *out, size_t size)
{
	size_t n = 0;

	for (size_t i = 0; i < len && n + strlen(day) + 2 < size;) {
		const char *end = strncmp(from + i, "{{", 2) == 0 ? strstr(from + i, "}}") : NULL;

		if (end == NULL) {
			out[n++] = from[i] == '\n' ? ' ' : from[i];
			i++;
			continue;
		}
		if (strncmp(from + i, "{{by}}", 6) == 0)
			n += (size_t)snprintf(out + n, size - n, "%s", day);
		i = (size_t)(end + 2 - from);
	}
	out[n] = '\0';
}

/* Every wording that names the day of the next answer is read as promising it: else nobody would be reminded. */
static void what_our_templates_promise_is_read(void **state)
{
	static const char *const langs[][2] = {
		{"en", "Friday"}, {"de", "Freitag"}, {"es", "viernes"}, {"fr", "vendredi"},
		{"it", "venerdì"}, {"pt", "sexta-feira"}};
	size_t seen = 0, missed = 0;

	for (size_t i = 0; i < ARRAY_LEN(langs); i++) {
		const struct asset *asset = NULL;
		char prefix[32], text[4000];

		(void)snprintf(prefix, sizeof(prefix), "templates/%s/", langs[i][0]);
		while ((asset = asset_next(prefix, asset)) != NULL) {
			const char *body = strstr(asset->data, "\n\n"), *next;

			for (; body != NULL; body = next) {
				size_t len;
				bool found = false;
				struct offers offers;

				next = strstr(body + 1, "\n---\n");
				len = next != NULL ? (size_t)(next - body) : strlen(body);
				wording_fill(body, len, langs[i][1], text, sizeof(text));
				if (strstr(text, langs[i][1]) == NULL)
					continue;
				seen++;
				offers = read_at(*state, text, langs[i][0], "2026-09-23 10:00");
				for (size_t k = 0; k < offers.vow_count; k++)
					found = found || offers.vows[k].due_s == at("2026-09-25 17:00");
				missed += !found;
				if (!found)
					print_error("%s: %s\n", asset->name, text);
			}
		}
	}
	print_message("%zu wordings name a day, %zu not read\n", seen, missed);
	assert_int_equal(missed, 0);
}

/* Long replies of such words are read in time, and nothing in them is undecided. */
static void floods_are_read(void **state)
{
	static const char *const floods[] = {"we will ",      "by the end of the ", "we'll get back to you by ",
					     "1,1",           "refund you ",        "in the next two ",
					     "send us. ",     "a.b.com/",           "tomorrow at 5, ",
					     "no. we can't ", "Friday, Friday "};
	char text[4000];

	for (size_t i = 0; i < ARRAY_LEN(floods); i++) {
		size_t len = strlen(floods[i]), n = 0;

		while (n + len < sizeof(text)) {
			memcpy(text + n, floods[i], len);
			n += len;
		}
		text[n] = '\0';
		(void)read_at(*state, text, "en", "2026-09-23 10:00");
	}
}

struct complaints_of_check {
	size_t errors, slow;
};

static void check_report(void *ctx, const struct rule *rule, bool is_error, const char *what)
{
	struct complaints_of_check *seen = ctx;

	print_message("%s:%d: %s: %s\n", rule->file, rule->line, rule->id, what);
	seen->errors += is_error;
	seen->slow += !is_error;
}

static void shipped_rules_hold_their_examples_and_kinds(void **state)
{
	static const char *const kinds[] = {"vow_", "when_", "deny_", "cond_", "skip_", "turn_", "link_"};
	struct bench *bench = *state;
	struct complaints_of_check seen = {0};
	size_t english = 0;

	assert_int_equal(ruleset_check(bench->rules, check_report, &seen), 0);
	assert_int_equal(seen.errors + seen.slow, 0);
	for (size_t i = 0; i < ruleset_count(bench->rules); i++) {
		const struct rule *rule = ruleset_at(bench->rules, i);
		bool known = false;

		english += rule->lang == NULL || strcmp(rule->lang, "en") == 0;
		for (size_t k = 0; k < ARRAY_LEN(kinds); k++)
			known = known || strncmp(rule->id, kinds[k], strlen(kinds[k])) == 0;
		for (enum remedy k = 0; k < REMEDY_COUNT; k++)
			known = known || (strncmp(rule->id, "offer_", 6) == 0 &&
					  strncmp(rule->id + 6, remedy_name(k), strlen(remedy_name(k))) == 0);
		if (!known)
			fail_msg("rule %s is of no kind", rule->id);
	}
	assert_true(english >= 40);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(shipped_rules_hold_their_examples_and_kinds),
		cmocka_unit_test(remedies_are_read_with_their_amounts),
		cmocka_unit_test(what_is_denied_or_asked_about_is_no_offer),
		cmocka_unit_test(vows_fall_due_when_they_say),
		cmocka_unit_test(what_is_denied_asked_or_conditional_is_no_vow),
		cmocka_unit_test(german_replies_are_read),
		cmocka_unit_test(spanish_replies_are_read),
		cmocka_unit_test(french_replies_are_read),
		cmocka_unit_test(italian_replies_are_read),
		cmocka_unit_test(portuguese_replies_are_read),
		cmocka_unit_test(money_is_read_in_every_writing),
		cmocka_unit_test(links_and_the_largest_amount_are_counted),
		cmocka_unit_test(an_offer_keeps_its_sum_in_words),
		cmocka_unit_test(due_times_follow_the_clock),
		cmocka_unit_test(a_vow_shows_its_words_and_rule),
		cmocka_unit_test(a_text_in_a_language_without_rules_shows_links_and_amounts),
		cmocka_unit_test(names_of_remedies_go_there_and_back),
		cmocka_unit_test(what_our_templates_promise_is_read),
		cmocka_unit_test(floods_are_read),
	};

	return cmocka_run_group_tests(tests, bench_open, bench_close);
}
