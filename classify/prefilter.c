#include <stdlib.h>
#include "classify/prefilter.h"
struct prefilter_builder { int x; };
struct prefilter_builder *prefilter_builder_new(void) { return calloc(1, sizeof(struct prefilter_builder)); }
void prefilter_builder_free(struct prefilter_builder **b) { free(*b); *b = NULL; }
bool prefilter_builder_add(struct prefilter_builder *b, uint32_t p, uint16_t l, const struct pattern_literals *x)
{ (void)b; (void)p; (void)l; (void)x; return true; }
bool prefilter_build(struct prefilter_builder *b, size_t n, struct prefilter **r) { (void)b; (void)n; *r = NULL; return true; }
void prefilter_free(struct prefilter **p) { *p = NULL; }
