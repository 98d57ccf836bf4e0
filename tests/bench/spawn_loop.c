/*
 * Like `xargs -0 -P AT_ONCE -n WORDS PROGRAM [ARGUMENT...]`, by nothing but posix_spawn and wait: what a run costs
 * at the very least.
 *
 *     spawn_loop AT_ONCE WORDS PROGRAM [ARGUMENT...] <NUL-separated words
 */
#include <errno.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

static char *read_all(size_t *length) {
  size_t room = 1 << 16;
  char *text = malloc(room);
  *length = 0;
  for (;;) {
    ssize_t count = read(0, text + *length, room - *length);
    if (count < 0) exit(3);
    if (count == 0) return text;
    *length += (size_t)count;
    if (*length == room) text = realloc(text, room *= 2);
  }
}

static void wait_for_one(int *running) {
  int status;
  if (wait(&status) < 0 || status != 0) {
    fprintf(stderr, "spawn_loop: a run failed\n");
    exit(4);
  }
  --*running;
}

int main(int argc, char **argv) {
  if (argc < 4) return 2;
  int at_once = atoi(argv[1]), words = atoi(argv[2]), fixed = argc - 3, running = 0;
  char **command = calloc((size_t)(fixed + words + 1), sizeof *command);
  memcpy(command, argv + 3, (size_t)fixed * sizeof *command);
  size_t length;
  char *text = read_all(&length);
  for (char *next = text; next < text + length;) {
    for (int word = 0; word < words; word++) {
      command[fixed + word] = next;
      next += strlen(next) + 1;
    }
    if (running == at_once) wait_for_one(&running);
    pid_t pid;
    int problem = posix_spawnp(&pid, command[0], NULL, NULL, command, environ);
    if (problem != 0) {
      fprintf(stderr, "spawn_loop: %s: %s\n", command[0], strerror(problem));
      return 1;
    }
    running++;
  }
  while (running > 0) wait_for_one(&running);
  return 0;
}
