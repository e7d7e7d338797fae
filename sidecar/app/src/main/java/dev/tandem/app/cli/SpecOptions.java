package dev.tandem.app.cli;

import dev.tandem.v1.RetryPolicy;
import dev.tandem.v1.Task;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** What an application says of a task. */
@Command
final class SpecOptions {
    @Option(
            names = {"-q", "--queue"},
            paramLabel = "NAME",
            description = "What workers claim it from.")
    private @Nullable String queue;

    @Option(
            names = {"-k", "--kind"},
            paramLabel = "NAME")
    private @Nullable String kind;

    @Option(names = "--priority", paramLabel = "N", description = "-1000 to 1000, higher first; default 0.")
    private @Nullable Integer priority;

    @Option(
            names = {"-p", "--payload"},
            paramLabel = "DATA",
            description = "A text, @FILE, - for stdin, or base64:DATA.")
    private @Nullable String payload;

    @Option(
            names = {"-l", "--label"},
            paramLabel = "KEY=VALUE",
            description = "May be given several times.")
    private Map<String, String> labels = new LinkedHashMap<>();

    @Option(names = "--due", paramLabel = "TIME", description = "Not claimed before this: 2030-11-01T08:00:00Z.")
    private @Nullable Instant due;

    @Option(names = "--retention", paramLabel = "TIME", description = "Kept this long once finished; default 7d.")
    private @Nullable Duration retention;

    @Option(names = "--max-attempts", paramLabel = "N", description = "1 to 1000; default 5.")
    private @Nullable Integer attemptsMax;

    @Option(names = "--initial-backoff", paramLabel = "TIME", description = "After the first failure; default 1s.")
    private @Nullable Duration initialBackoff;

    @Option(names = "--max-backoff", paramLabel = "TIME", description = "At most this; default 60s.")
    private @Nullable Duration backoffMax;

    @Option(names = "--multiplier", paramLabel = "X", description = "1 to 10, from one failure to the next; default 2.")
    private @Nullable Double multiplier;

    /** Sets what was given, and returns the names of the fields that it set. */
    List<String> fill(Task.Builder task, Terminal terminal) throws IOException {
        List<String> fields = new ArrayList<>();
        if (queue != null) {
            task.setQueue(queue);
            fields.add("queue");
        }
        if (kind != null) {
            task.setKind(kind);
            fields.add("kind");
        }
        if (priority != null) {
            task.setPriority(priority);
            fields.add("priority");
        }
        if (payload != null) {
            task.setPayload(Values.bytes("--payload", payload, terminal.in()));
            fields.add("payload");
        }
        if (!labels.isEmpty()) {
            task.putAllLabels(labels);
            fields.add("labels");
        }
        if (due != null) {
            task.setDueTime(Values.proto(due));
            fields.add("due_time");
        }
        if (retention != null) {
            task.setRetention(Values.proto(retention));
            fields.add("retention");
        }
        RetryPolicy policy = retryPolicy();
        if (!policy.equals(RetryPolicy.getDefaultInstance())) {
            task.setRetryPolicy(policy);
            fields.add("retry_policy");
        }
        return fields;
    }

    private RetryPolicy retryPolicy() {
        RetryPolicy.Builder policy = RetryPolicy.newBuilder();
        if (attemptsMax != null) {
            policy.setMaxAttempts(attemptsMax);
        }
        if (initialBackoff != null) {
            policy.setInitialBackoff(Values.proto(initialBackoff));
        }
        if (backoffMax != null) {
            policy.setMaxBackoff(Values.proto(backoffMax));
        }
        if (multiplier != null) {
            policy.setMultiplier(multiplier);
        }
        return policy.build();
    }
}
