package dev.tandem.robustness;

import java.util.random.RandomGenerator;

/**
 * A namespace that clients work in, with few ids so that they meet.
 *
 * @param leaseMillis how long every lease in it is asked for, because the API does not show it on a record
 * @param hasClaims whether tasks are claimed in it; a claim whose answer got lost may have met any of its tasks, so
 *     that a history with many of these is slow to check
 */
record Area(String namespace, long leaseMillis, int tasks, boolean hasClaims) {
    static final String QUEUE = "q";

    String anyTask(RandomGenerator random) {
        return "t" + random.nextInt(tasks);
    }
}
