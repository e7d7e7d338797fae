package dev.tandem.store.raft.member;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class GroupThreadsTest {
    private static final long HELD_UP_MILLIS = 400;

    private final AtomicLong clock = new AtomicLong(-5);
    private final GroupThreads threads = new GroupThreads(HELD_UP_MILLIS, clock::get);

    private void pass(long millis) {
        clock.addAndGet(Duration.ofMillis(millis).toNanos());
    }

    private void holdUp(Object... groups) {
        for (Object group : groups) {
            assertThat(threads.begin(group)).isTrue();
        }
        pass(HELD_UP_MILLIS + 1);
        for (Object group : groups) {
            threads.end(group);
        }
    }

    @Test
    void thread_heldUp_isSaidToBeUntilItIsFree() {
        threads.begin("a");
        pass(HELD_UP_MILLIS);
        assertThat(threads.areHeldUp()).isFalse();
        pass(1);
        assertThat(threads.areHeldUp()).isTrue();
        assertThat(threads.areSlow()).isTrue();
        assertThat(threads.begin("a")).isFalse();
        assertThat(threads.begin("b")).isTrue();

        threads.end("a");
        assertThat(threads.areHeldUp()).isFalse();
        assertThat(threads.areSlow()).isFalse();
        assertThat(threads.begin("a")).isTrue();
    }

    @Test
    void threads_heldUpOften_areSlowForAMinute() {
        holdUp("a");
        holdUp("a");
        assertThat(threads.areSlow()).isFalse();
        holdUp("b");
        assertThat(threads.areSlow()).isTrue();
        assertThat(threads.areHeldUp()).isFalse();

        pass(50_000);
        assertThat(threads.areSlow()).isTrue();
        pass(10_000);
        assertThat(threads.areSlow()).isFalse();
    }

    @Test
    void threads_heldUpTogether_countAsOne() {
        holdUp("a", "b", "c", "d");
        holdUp("a", "b", "c", "d");
        assertThat(threads.areSlow()).isFalse();
    }

    @Test
    void group_thatIsGone_holdsNothingUp() {
        threads.begin("gone");
        threads.retain(Set.of("a"));
        pass(2 * HELD_UP_MILLIS);
        assertThat(threads.areHeldUp()).isFalse();
    }
}
