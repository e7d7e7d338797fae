package dev.tandem.task;

/**
 * The caller's name for a command, by which a store recognises it when it comes again and does not apply it twice.
 *
 * @param id unique among the namespace's commands of {@code keepMillis}
 * @param bodyHash of what was asked; the same id with another hash is refused
 * @param keepMillis how long the store remembers it after it was applied
 */
public record RequestKey(String id, long bodyHash, long keepMillis) {}
