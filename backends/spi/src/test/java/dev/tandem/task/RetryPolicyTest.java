package dev.tandem.task;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigInteger;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class RetryPolicyTest {
    private static long[] waits(RetryPolicy policy, int attempts) {
        return IntStream.rangeClosed(1, attempts)
                .mapToLong(policy::backoffMillis)
                .toArray();
    }

    @Test
    void backoff_byDefault_doublesFromOneSecond() {
        assertThat(waits(RetryPolicy.DEFAULT, 8))
                .containsExactly(1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000);
    }

    @Test
    void backoff_byOneAndAHalf_isRoundedDownEachStep() {
        assertThat(waits(new RetryPolicy(9, 5, 1_000, 1_500), 5)).containsExactly(5, 7, 10, 15, 22);
    }

    @Test
    void backoff_thatDoesNotGrow_staysWhereItIs() {
        assertThat(waits(new RetryPolicy(9, 50, 1_000, 1_000), 3)).containsExactly(50, 50, 50);
        assertThat(waits(new RetryPolicy(9, 0, 1_000, 2_000), 3)).containsExactly(0, 0, 0);
        assertThat(waits(new RetryPolicy(9, 1, 1_000, 1_001), 3)).containsExactly(1, 1, 1);
    }

    @Test
    void backoff_withAMaximumBelowTheFirst_isTheMaximum() {
        assertThat(waits(new RetryPolicy(9, 100, 70, 2_000), 2)).containsExactly(70, 70);
    }

    @Test
    void backoff_atTheBounds_isExactAndSoonDone() {
        RetryPolicy widest =
                new RetryPolicy(Limits.ATTEMPTS_MAX, Limits.BACKOFF_MILLIS_MAX - 1, Limits.BACKOFF_MILLIS_MAX, 10_000);
        assertThat(widest.backoffMillis(2)).isEqualTo(Limits.BACKOFF_MILLIS_MAX);
        assertThat(widest.backoffMillis(Integer.MAX_VALUE)).isEqualTo(Limits.BACKOFF_MILLIS_MAX);
    }

    @Test
    void backoff_ofAnyPolicy_isWhatExactArithmeticGivesAndNeverFalls() {
        long seed = Long.getLong("tandem.seed", System.nanoTime());
        Random random = new Random(seed);
        for (int round = 0; round < 200; round++) {
            long max = 1 + (random.nextLong() & Long.MAX_VALUE) % Limits.BACKOFF_MILLIS_MAX;
            RetryPolicy policy = new RetryPolicy(50, random.nextInt(5_000), max, 1_000 + random.nextInt(9_001));
            BigInteger exact = BigInteger.valueOf(policy.initialBackoffMillis()).min(BigInteger.valueOf(max));
            for (int attempt = 1; attempt <= 50; attempt++) {
                assertThat(policy.backoffMillis(attempt))
                        .as("%s, attempt %s, -Dtandem.seed=%s", policy, attempt, seed)
                        .isEqualTo(exact.longValueExact());
                exact = exact.multiply(BigInteger.valueOf(policy.multiplierPermille()))
                        .divide(BigInteger.valueOf(1_000))
                        .min(BigInteger.valueOf(max));
            }
        }
    }
}
