package dev.tandem.task;

import java.util.List;

/**
 * What a store remembers of an applied command that carried a {@link RequestKey}.
 *
 * @param verbCode which verb it was: {@link Verb#code()}
 * @param touched what it wrote: a task's id, or a lease's scope, with the version that it got
 * @param count how many records it deleted, for the verbs that tell
 * @param forgetAtMillis the record may be dropped from this instant on
 */
public record RequestRecord(
        String requestId, long bodyHash, int verbCode, List<Touched> touched, long count, long forgetAtMillis) {
    /** One record that the command wrote, and its version then. */
    public record Touched(String id, long version) {}
}
