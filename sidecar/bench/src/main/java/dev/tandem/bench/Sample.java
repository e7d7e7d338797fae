package dev.tandem.bench;

import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;

/**
 * What one phase came to. All latencies are in nanoseconds; of failed calls there is none.
 *
 * @param count calls that did what was asked
 * @param errors calls that did not
 * @param elapsedNanos from the first call to the last answer
 * @param lateNanosP99 in an open loop, how long after its time a call was sent; 0 in a closed one
 * @param firstError what the first of the failed calls said
 */
record Sample(
        long count,
        long errors,
        long elapsedNanos,
        double meanNanos,
        long p50Nanos,
        long p90Nanos,
        long p99Nanos,
        long p999Nanos,
        long maxNanos,
        long lateNanosP99,
        @Nullable String firstError) {

    static Sample of(
            Histogram latency, @Nullable Histogram late, long errors, @Nullable String firstError, long elapsedNanos) {
        return new Sample(
                latency.getTotalCount(),
                errors,
                elapsedNanos,
                latency.getTotalCount() == 0 ? 0 : latency.getMean(),
                latency.getValueAtPercentile(50),
                latency.getValueAtPercentile(90),
                latency.getValueAtPercentile(99),
                latency.getValueAtPercentile(99.9),
                latency.getMaxValue(),
                late == null ? 0 : late.getValueAtPercentile(99),
                firstError);
    }

    /** Successful calls a second. */
    double throughput() {
        return elapsedNanos == 0 ? 0 : count * 1e9 / elapsedNanos;
    }
}
