package dev.tandem.testkit;

import dev.tandem.task.LeaderLease;
import dev.tandem.task.Outcome;
import dev.tandem.task.Task;
import dev.tandem.task.TaskCommand;
import org.jspecify.annotations.Nullable;

/**
 * One call of one client, as it looked from outside: when it began, when it was answered, and with what.
 *
 * @param invoked a logical time; no two moments of a history have the same
 * @param returned a logical time, after {@code invoked}; {@link #NEVER} if no answer came
 */
public record Operation(int client, long invoked, long returned, Call call, Answer answer) {
    /** The time at which an answer that did not come came. */
    public static final long NEVER = Long.MAX_VALUE;

    /** What was asked. */
    public sealed interface Call {
        String namespace();
    }

    /**
     * A command. A client that does not know the time that its command was stamped with leaves it at 0.
     *
     * @param command with the request id under which it was sent, if any
     */
    public record Command(TaskCommand command) implements Call {
        @Override
        public String namespace() {
            return command.namespace();
        }
    }

    /** A linearizable read of one task. */
    public record ReadTask(String namespace, String id) implements Call {}

    /** A linearizable read of one leader's lease. */
    public record ReadLease(String namespace, String scope) implements Call {}

    /** What came back. */
    public sealed interface Answer {}

    /**
     * A command's outcome. A client that can't tell Unchanged from Applied says either; one that was not told a record or
     * version leaves it null or 0.
     */
    public record Came(Outcome outcome) implements Answer {}

    /** The task that was read; null for none. */
    public record FoundTask(@Nullable Task task) implements Answer {}

    /** The lease that was read; null for none. */
    public record FoundLease(@Nullable LeaderLease lease) implements Answer {}

    /** The call failed, and may have been applied, or may yet be; or no answer came. */
    public record Unknown() implements Answer {}

    /** The call failed, and changed nothing. */
    public record Refused() implements Answer {}
}
