package dev.tandem.task;

import org.jspecify.annotations.Nullable;

/**
 * One change, as a value: it can be routed, logged, replicated, retried and recorded.
 *
 * @param atMillis the time of the command, stamped once by whoever proposes it; rules read no other clock
 * @param epoch the number of the policy by which it was routed: it is fenced unless the store's {@link Gate} is of the same; 0 where
 *     there never was another policy
 * @param request null for a command that nobody will repeat
 */
public record TaskCommand(
        String namespace,
        long atMillis,
        long epoch,
        @Nullable RequestKey request,
        Verb verb) {
    /** One by the first policy. */
    public TaskCommand(String namespace, long atMillis, @Nullable RequestKey request, Verb verb) {
        this(namespace, atMillis, 0, request, verb);
    }

    public static TaskCommand of(String namespace, long atMillis, Verb verb) {
        return new TaskCommand(namespace, atMillis, null, verb);
    }

    public TaskCommand withAtMillis(long atMillis) {
        return new TaskCommand(namespace, atMillis, epoch, request, verb);
    }

    public TaskCommand withEpoch(long epoch) {
        return new TaskCommand(namespace, atMillis, epoch, request, verb);
    }

    /** The same for a part of what it does, or under an id that was chosen for it. */
    public TaskCommand withVerb(Verb verb) {
        return new TaskCommand(namespace, atMillis, epoch, request, verb);
    }
}
