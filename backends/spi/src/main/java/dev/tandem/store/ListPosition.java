package dev.tandem.store;

/** A place between two tasks of a list, which is ordered by creation time and then by id. */
public record ListPosition(long createdAtMillis, String id) {}
