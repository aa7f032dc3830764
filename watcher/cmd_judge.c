/*
 * cmd_judge.c - `amends queue judge`: a person says what a post is; `amends queue another`: another wording of a draft
 * that nobody has changed. Both as at the desk.
 */
#include "watcher/cmd_judge.h"

#include <stdio.h>
#include <string.h>

#include "watcher/errand.h"
#include "watcher/queue_print.h"

/* What is not given stays as the complaint has it. */
static enum err correction_read(const struct errand_options *options, const struct complaint_row *row,
				struct correction *correction, struct error *e_r)
{
	const char *urgency = options->urgency;

	*correction = (struct correction){
		.class = row->class, .cause = row->cause, .urgency = row->urgency, .note = options->note};
	if (options->class == NULL && options->cause == NULL && urgency == NULL)
		return error_set(e_r, ERR_INVALID, "say what it is: --class, --cause or --urgency");
	if (options->class != NULL && !class_from_name(options->class, &correction->class))
		return error_set(e_r, ERR_INVALID, "--class is problem, vent, question, praise, not_ours or other");
	if (options->cause != NULL && !cause_from_name(options->cause, &correction->cause))
		return error_set(e_r, ERR_INVALID, "--cause is promise, ordering, access, availability, delivery, quality, "
				 "expectation, directions, billing, value, remedy, reachability, staff, safety, other "
				 "or none");
	if (urgency != NULL && (strlen(urgency) != 1 || urgency[0] < '0' || urgency[0] > '2'))
		return error_set(e_r, ERR_INVALID, "--urgency is 0, 1 or 2");
	if (urgency != NULL)
		correction->urgency = urgency[0] - '0';
	return ERR_OK;
}

static enum err row_get(struct errand_desk *errand, struct complaint_row *row_r, struct error *e_r)
{
	int64_t id = errand->options.id;
	enum err err = store_complaint_get(errand->workspace.store, errand->arena, id, row_r, e_r);

	return err == ERR_NOT_FOUND ? error_set(e_r, err, "there is no complaint %lld", (long long)id) : err;
}

static enum err judge(struct errand_desk *errand, bool *anew_r, struct error *e_r)
{
	struct correction correction;
	struct complaint_row row;
	enum err err = row_get(errand, &row, e_r);

	if (err == ERR_OK)
		err = correction_read(&errand->options, &row, &correction, e_r);
	return err == ERR_OK ? queue_judge(&errand->queue, &errand->actor, row.id, &correction, anew_r, e_r) : err;
}

static enum err another(struct errand_desk *errand, bool *anew_r, struct error *e_r)
{
	*anew_r = true;
	return queue_reword(&errand->queue, &errand->actor, errand->options.id, NULL, e_r);
}

static enum err row_print(struct errand_desk *errand, bool anew, struct error *e_r)
{
	struct complaint_row row;
	enum err err = row_get(errand, &row, e_r);

	if (err != ERR_OK)
		return err;
	if (errand->options.json)
		return errand_print(complaint_to_json(&row), e_r);
	printf("%lld: %s, %s, urgency %d\n", (long long)row.id, class_name(row.class), cause_name(row.cause), row.urgency);
	if (anew)
		printf("%s\n", row.draft_id ? row.draft : "No template answers that: the draft is gone.");
	return ERR_OK;
}

/* With the templates and rules that a draft is made by. */
static int run(int argc, char **argv, const struct option *list,
	       enum err act(struct errand_desk *errand, bool *anew_r, struct error *e_r))
{
	struct toolkit toolkit = {0};
	struct errand_desk errand;
	struct error error = {0};
	bool anew = false;
	enum err err;
	int code;

	if (!errand_begin(argc, argv, list, true, &errand, &code))
		return code;
	err = toolkit_load(&errand.workspace.settings, &toolkit, &error);
	if (err == ERR_OK) {
		errand.queue.templates = toolkit.templates;
		errand.queue.rules = toolkit.rules;
		errand.queue.tone = tone_new(toolkit.tone_rules);
		err = errand.queue.tone ? act(&errand, &anew, &error) : error_set(&error, ERR_NOMEM, "out of memory");
	}
	if (err == ERR_OK)
		err = row_print(&errand, anew, &error);
	tone_free(&errand.queue.tone);
	code = errand_finish(&errand, err, &error);
	toolkit_free(&toolkit);
	return code;
}

int queue_judge_command(int argc, char **argv)
{
	static const struct option list[] = {ERRAND_COMMON,
					     {"class", required_argument, NULL, 'k'},
					     {"cause", required_argument, NULL, 'u'},
					     {"urgency", required_argument, NULL, 'h'},
					     {"note", required_argument, NULL, 'n'},
					     {NULL, 0, NULL, 0}};

	return run(argc, argv, list, judge);
}

int queue_another_command(int argc, char **argv)
{
	static const struct option list[] = {ERRAND_COMMON, {NULL, 0, NULL, 0}};

	return run(argc, argv, list, another);
}
