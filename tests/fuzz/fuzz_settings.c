/*
 * fuzz_settings.c - any bytes as amends.yaml: settings that keep their promises, or one error line that begins with the
 * file's name and leaves the output alone.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "settings.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(int truth)
{
	if (!truth)
		abort();
}

static void check(const struct settings *settings)
{
	must(settings->store != NULL && settings->desk_address != NULL && settings->brand_count > 0);
	must(settings->desk_port >= 0 && settings->desk_port <= 65535);
	must(settings->undo_s >= 0 && settings->session_hours >= 1 && settings->import_page >= 1);
	must(settings->thresholds.problem >= 0 && settings->thresholds.problem <= 1);
	for (size_t i = 0; i < settings->brand_count; i++) {
		const struct brand *brand = &settings->brands[i];

		must(brand->name != NULL && *brand->name != '\0' && strchr(brand->name, '\n') == NULL);
		must(settings_brand(settings, brand->name) == brand); /* so names are unique */
		must(brand->names && brand->handles && brand->hashtags && brand->exclude && brand->signature &&
		     brand->contact);
	}
	for (size_t i = 0; i < settings->source_count; i++) {
		const struct source_spec *source = &settings->sources[i];

		must(source->key != NULL && source->platform != NULL && source->line > 0 && source->every_s > 0);
		must(settings_brand(settings, source->brand) != NULL);
		must(source->token == NULL); /* loaded without secrets */
		must((source->hashtag != NULL) + (source->search != NULL) + source->mentions + (source->file != NULL) ==
		     1);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct settings untouched = {.undo_s = -7};
	struct arena *arena = arena_new((size_t)32 << 20);
	struct settings settings = untouched;
	struct error error = {0};
	int fd = memfd_create("amends.yaml", MFD_CLOEXEC);
	char path[64];

	must(arena != NULL && fd >= 0 && write(fd, data, size) == (ssize_t)size);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (settings_load(arena, path, 0, &settings, &error) == ERR_OK) {
		check(&settings);
	} else {
		must(memcmp(&settings, &untouched, sizeof(settings)) == 0);
		must(strncmp(error.text, path, strlen(path)) == 0 && strchr(error.text, '\n') == NULL);
	}
	must(settings_store(arena, path) != NULL || arena_failed(arena));
	close(fd);
	arena_free(&arena);
	return 0;
}
