package dev.tandem.task;

import org.jspecify.annotations.Nullable;

/**
 * One change, as a value: it can be routed, logged, replicated, retried and recorded.
 *
 * @param atMillis the time of the command, stamped once by whoever proposes it; rules read no other clock
 * @param request null for a command that nobody will repeat
 */
public record TaskCommand(
        String namespace, long atMillis, @Nullable RequestKey request, Verb verb) {
    public static TaskCommand of(String namespace, long atMillis, Verb verb) {
        return new TaskCommand(namespace, atMillis, null, verb);
    }

    public TaskCommand withAtMillis(long atMillis) {
        return new TaskCommand(namespace, atMillis, request, verb);
    }
}
