/*
 * http_address.h - which network addresses are not the public Internet. Private to http.c.
 */
#ifndef HTTP_ADDRESS_H
#define HTTP_ADDRESS_H

#include <stdbool.h>
#include <sys/socket.h>

/* Is this address anything but public unicast? Unknown families count as private. */
bool address_private(const struct sockaddr *address);
/* The same for an address in text ("127.0.0.1", "fe80::1%eth0"). false with *known_r false when the text is no address.
 */
bool address_text_private(const char *text, bool *known_r);
/* Names that never lead to the public Internet: localhost and those under .localhost .local .internal .home.arpa. */
bool address_name_private(const char *host);

#endif
