package dev.tandem.migration;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** Copying waits when the store gets slow, and goes on when it is not any more. */
final class ThrottleTest {
    private static final long REST = 1_000_000;

    private final Throttle throttle = new Throttle();

    private long after(int samples, long nanos) {
        long pause = 0;
        for (int i = 0; i < samples; i++) {
            pause = throttle.pauseMillis(nanos);
        }
        return pause;
    }

    @Test
    void pause_steadyStore_isNone() {
        assertThat(after(100, REST)).isZero();
    }

    @Test
    void pause_fewSamples_isNone_howeverSlow() {
        assertThat(after(3, 1_000 * REST)).isZero();
    }

    @Test
    void pause_slowAtFirst_isNone_asItKnowsNoOther() {
        assertThat(after(100, 1_000 * REST)).isZero();
    }

    @Test
    void pause_noise_isNone() {
        after(20, REST);

        for (int i = 0; i < 100; i++) {
            // One slow answer of four, and a little more than at rest.
            assertThat(throttle.pauseMillis(i % 4 == 0 ? 100 * REST : 2 * REST)).isZero();
        }
    }

    @Test
    void pause_storeThatGetsSlow_growsToItsLimit() {
        after(20, REST);

        long before = after(5, 50 * REST);
        assertThat(before).isBetween(1L, 10L);
        assertThat(after(3, 50 * REST)).isGreaterThan(before);
        assertThat(after(100, 50 * REST)).isEqualTo(Throttle.PAUSES_MAX * 50);
        assertThat(after(100, 5_000 * REST)).isEqualTo(Throttle.PAUSE_MILLIS_MAX);
    }

    /** It once stood still for eight seconds after the store was quick again, as it waited a second for each of the eight looks that tell. */
    @Test
    void pause_aQuickAnswerAmongSlowOnes_isShort() {
        after(20, REST);
        after(100, 5_000 * REST);

        assertThat(throttle.pauseMillis(REST)).isEqualTo(Throttle.PAUSES_MAX);
    }

    @Test
    void pause_storeThatIsQuickAgain_ends() {
        after(20, REST);
        after(100, 50 * REST);

        assertThat(after(20, REST)).isZero();
    }
}
