/* SPDX-License-Identifier: Apache-2.0 */
/* JSON written as a stream: nothing is kept but one chunk, so the size of the output costs no
 * memory and no allocation can fail.
 *
 * Text from outside always becomes valid JSON: a byte that is not UTF-8 is written as U+FFFD (its
 * value is lost), every character that must not reach a terminal (controls, bidirectional
 * overrides, see base/utf8.h) as \u00XX or \uXXXX. Numbers of which not all 64 bits fit a double
 * must be written with json_put_id(). */
#ifndef SHOW_JSON_WRITER_H
#define SHOW_JSON_WRITER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct endpoint;

#define JSON_CHUNK 65536

/* Begun by json_begin(); borrows `out` until json_end(). Not to be copied while in use. */
struct json {
	FILE *out;
	size_t len;
	int error;  /* -errno of the first write that failed, after which nothing is written */
	bool comma; /* the next value follows another one in the same object or array */
	char chunk[JSON_CHUNK];
};

void json_begin(struct json *j, FILE *out);

/* Writes out what is left, without flushing `out`. 0 or the first -errno (-EPIPE: the reader left).
 */
int json_end(struct json *j);

/* In all of these `key` is a literal that needs no escaping, NULL within an array. */
void json_open_object(struct json *j, const char *key);
void json_close_object(struct json *j);
void json_open_array(struct json *j, const char *key);
void json_close_array(struct json *j);
void json_put_null(struct json *j, const char *key);
void json_put_bool(struct json *j, const char *key, bool value);
void json_put_uint(struct json *j, const char *key, uint64_t value);

/* A number, at most three decimals; null when it is not finite. */
void json_put_double(struct json *j, const char *key, double value);

/* A 64-bit id as a string of decimal digits; null when 0. */
void json_put_id(struct json *j, const char *key, uint64_t id);

/* A string; null when text is NULL. */
void json_put_text(struct json *j, const char *key, const char *text);

/* A string of `len` bytes that holds only characters that need no escaping. */
void json_put_plain(struct json *j, const char *key, const char *text, size_t len);

/* `value` as it stands when it is a JSON number, true, false or null, else as a string. */
void json_put_value(struct json *j, const char *key, const char *value);

/* "addr:port"; null when no address is known. */
void json_put_endpoint(struct json *j, const char *key, const struct endpoint *e);

/* Enum fact: true, false, null when unknown. */
void json_put_fact(struct json *j, const char *key, uint8_t fact);

/* A 32-bit number; null when VALUE_UNKNOWN. */
void json_put_known(struct json *j, const char *key, uint32_t value);

/* Ends a line; the next value begins a new document (NDJSON). */
void json_end_line(struct json *j);

#endif
