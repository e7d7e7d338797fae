package dev.tandem.bench;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What keeps the tasks in a run, and how it is reached. Closed by the run's {@link Closings}. */
interface Backend {
    /** What sort of store it is: targets differ. */
    enum Kind {
        SQLITE,
        REDIS,
        RAFT
    }

    Kind kind();

    /** What the sidecar that is started as the {@code start}th is told to keep tasks in. */
    String sidecarStore(int start);

    /** The same for a sidecar that takes the unix socket; null if there is none. */
    @Nullable
    String unixStore();

    /** Ways to call it without a sidecar. */
    Map<Way, TaskCalls> direct();

    /** Where all ways make their tasks. */
    Namespaces namespaces();

    /**
     * What calls through a sidecar cost whoever keeps the tasks.
     *
     * @return null if it keeps no count of that
     */
    @Nullable
    ServerCosts costs(LoadGenerator load, TaskCalls api, SidecarProcess sidecar, Plan plan);

    /**
     * What so many tasks take, and how long calls take beside them.
     *
     * @return null if it can't be found out
     */
    @Nullable
    Scale scale(LoadGenerator load, TaskCalls api, List<Integer> tasks, Plan plan);

    /** What it is, for the report. */
    String describe();
}
