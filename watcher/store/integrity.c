/*
 * integrity.c - is the file whole? SQLite's own look at every page, and at every reference from one table to another.
 */
#include "db.h"

/* The first sentence of a check that has any; *fault_r stays otherwise. */
static enum err first_fault(struct store *store, struct arena *arena, enum stmt check, const char **fault_r,
			    struct error *e_r)
{
	struct cmd c = cmd_start(store, check);
	struct row r = row_start(&c, arena);
	const char *fault = NULL;
	enum err err = ERR_OK;
	int step = cmd_step(&c, e_r);

	if (step < 0) {
		err = c.err;
	} else if (step == 1) {
		fault = row_text(&r);
		err = row_end(&r, e_r);
	}
	cmd_done(&c);
	if (err == ERR_OK && fault != NULL)
		*fault_r = fault;
	return err;
}

enum err store_integrity(struct store *store, struct arena *arena, const char **fault_r, struct error *e_r)
{
	const char *fault = NULL;
	enum err err = first_fault(store, arena, STMT_INTEGRITY, &fault, e_r);

	if (err == ERR_OK && fault == NULL)
		err = first_fault(store, arena, STMT_REFERENCES, &fault, e_r);
	if (err == ERR_OK)
		*fault_r = fault;
	return err;
}
