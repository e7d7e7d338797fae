package dev.tandem.app.cli;

import dev.tandem.v1.Task;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** The options by which tasks are chosen: all conditions that are given must hold. */
@Command
final class FilterOptions {
    @Option(
            names = {"-s", "--state"},
            paramLabel = "STATE",
            split = ",",
            description = "In one of these states: enqueued, processing, succeeded, failed, canceled.")
    List<Task.State> states = new ArrayList<>();

    @Option(
            names = {"-q", "--queue"},
            paramLabel = "NAME",
            split = ",",
            description = "In one of these queues.")
    List<String> queues = new ArrayList<>();

    @Option(
            names = {"-k", "--kind"},
            paramLabel = "NAME",
            split = ",",
            description = "Of one of these kinds.")
    List<String> kinds = new ArrayList<>();

    @Option(names = "--node", paramLabel = "NAME", description = "With a part on this node.")
    @Nullable
    String node;

    @Option(
            names = {"-l", "--label"},
            paramLabel = "KEY=VALUE",
            description = "With this label; may be given several times.")
    List<String> labels = new ArrayList<>();

    /** The options about the time of creation, which a watch does without. */
    @Command
    static final class Created {
        @Option(
                names = "--created-from",
                paramLabel = "TIME",
                description = "Created at or after this time: 2025-11-01T08:00:00Z, or 2h for two hours ago.")
        @Nullable
        Instant from;

        @Option(names = "--created-before", paramLabel = "TIME", description = "Created before this time.")
        @Nullable
        Instant before;
    }
}
