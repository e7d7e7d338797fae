package dev.tandem.testkit;

import java.util.List;

/**
 * What a history allows one record to be, step by step.
 *
 * @param <S> everything that matters of the record and its past; with value equality
 */
interface HistoryModel<S> {
    /**
     * Stands for a number that nobody has seen: the version or time of a change whose answer got lost. Far below zero, so
     * that rules can add durations to it and it still is below zero: whatever is negative is such a number.
     */
    long HOLE = Long.MIN_VALUE / 4;

    /** The record before the history. */
    S start();

    /**
     * What the record may be after the operation took effect in this state; empty if it can't have been answered so. An
     * operation with an unknown answer is asked for only in case it took effect.
     */
    List<S> step(S state, Operation operation);

    /** A new version is above this. */
    long floor(S state);

    /** No later change bears a time before this. */
    long notBeforeMillis(S state);

    /** The same state with nothing to be above or after; one with lower bounds allows all that one with higher ones does. */
    S withoutBounds(S state);

    /** The requests that were applied, as far as they are not forgotten; with value equality. */
    Object remembered(S state);

    /** The same state for a history in which this request does not come again; itself if it was not applied. */
    S forgetting(S state, String requestId);

    static long fill(long model, long seen) {
        return model < 0 ? seen : model;
    }

    static long normal(long number) {
        return number < 0 ? HOLE : number;
    }
}
