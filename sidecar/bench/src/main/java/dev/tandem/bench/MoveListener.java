package dev.tandem.bench;

import dev.tandem.bench.Moved.Leg;
import org.jspecify.annotations.Nullable;

/** Hears what happens in a {@link MoveRun}, on the run's thread. */
interface MoveListener {
    /** Does not listen. */
    MoveListener NONE = new MoveListener() {};

    /**
     * What can be seen at one moment.
     *
     * @param recent the calls since the moment before
     * @param move null while the namespace is not moved
     */
    record Moment(Sample recent, long calls, long failed, Operator.@Nullable Status move) {}

    /** Everything is started. */
    default void started(MovePlace place) {}

    /** The tasks are there that were to be there at first. */
    default void filled(int tasks, long nanos) {}

    /**
     * A step is about to be taken.
     *
     * @param command what an operator would type
     * @param meaning what that does
     */
    default void step(String command, String meaning) {}

    /** The step is not taken yet, and is tried again. */
    default void refused(String why) {}

    /** Comes twice a second or so. */
    default void moment(Moment moment) {}

    /** All records are copied. */
    default void copied(Moved.Walk walk) {}

    /** Both stores were compared. */
    default void compared(Moved.Walk walk, long inFlight, long differing) {}

    default void switched(WriteStop stop) {}

    /** The namespace is in its target, and nowhere else. */
    default void moved(Leg leg) {}

    /** All that was acknowledged is about to be compared with what is there. */
    default void checking(long tasks) {}
}
