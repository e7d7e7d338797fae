package dev.tandem.store.raft.node;

import java.time.Duration;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * How the nodes stand at one moment, and what has happened since they were first looked for.
 *
 * @param cluster the cluster's name; null before the first hello
 */
public record NodesStatus(@Nullable String cluster, List<Node> nodes, Counts counts) {
    /** How it is with one node. */
    public enum State {
        /** A connection is being made, or the next try waited for. */
        CONNECTING,
        /** It serves calls. */
        UP,
        /** It serves what is under way, and will go. */
        LEAVING,
        /** There is no connection, and the last try failed; the next one comes. */
        DOWN,
        /** It was reached, and is not to be used: it is of another cluster or version, or one side did not trust the other. */
        REFUSED,
        /** It was reached, and is connected by another address already. */
        DUPLICATE
    }

    /**
     * One node.
     *
     * @param address as it was named, and what the name stands for
     * @param id the node's own; null before its hello
     * @param why in a sentence, unless it is UP
     * @param leads the groups that it says it leads
     * @param roundTrip of the newest question whether it is there; zero before the first answer
     * @param calls under way there
     */
    public record Node(
            String address,
            State state,
            @Nullable UUID id,
            @Nullable String why,
            List<Integer> leads,
            Duration roundTrip,
            int calls) {}

    /**
     * What has happened.
     *
     * @param connectionsMade with nodes that were found fit
     * @param connectionsLost of those
     * @param callsResent to another node, because nobody knew what had become of them
     * @param overloaded calls refused here because a bound was reached
     * @param timedOut calls that were not answered in time
     */
    public record Counts(
            long connectionsMade, long connectionsLost, long callsResent, long overloaded, long timedOut) {}
}
