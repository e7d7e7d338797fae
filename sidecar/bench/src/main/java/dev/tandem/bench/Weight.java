package dev.tandem.bench;

/**
 * What a process took of its machine.
 *
 * @param process what it is, such as sidecar
 * @param readyNanos from its start to its first answer
 * @param idleBytes resident memory before any load; -1 if the system does not tell
 * @param loadedBytes the same after all of it
 */
record Weight(Way way, String process, long readyNanos, long idleBytes, long loadedBytes) {}
