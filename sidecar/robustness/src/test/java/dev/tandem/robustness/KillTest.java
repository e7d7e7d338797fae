package dev.tandem.robustness;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tandem.store.redis.servers.RedisServer;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** kill -9 under load, again and again. */
class KillTest {
    @RegisterExtension
    final Lab lab = new Lab();

    @Test
    void kill_underLoad_keepsWhatWasAcknowledgedAndNothingTwice() {
        killUnderLoad(6);
    }

    @Test
    @Tag("long")
    void kill_manyTimesUnderLoad_keepsWhatWasAcknowledgedAndNothingTwice() {
        killUnderLoad(Integer.getInteger("tandem.kills", 25));
    }

    /** They share the tasks: what one had acknowledged before its end, the other goes on with. */
    @Test
    void kill_ofTwoSidecarsOnOneRedisInTurn_keepsWhatWasAcknowledgedAndNothingTwice() {
        killUnderLoadOverRedis(2);
    }

    @Test
    @Tag("long")
    void kill_manyTimesOfTwoSidecarsOnOneRedis_keepsWhatWasAcknowledgedAndNothingTwice() {
        killUnderLoadOverRedis(Integer.getInteger("tandem.kills", 25));
    }

    private void killUnderLoad(int kills) {
        check(new KillRun(lab, Defect.NONE), kills);
    }

    private void killUnderLoadOverRedis(int kills) {
        RedisServer server = lab.closing(RedisServer.start());
        SidecarProcess one = lab.sidecarOver(server.url());
        SidecarProcess other = lab.sidecarOver(server.url());
        check(new KillRun(lab, List.of(one, other), Defect.NONE), kills);
    }

    private void check(KillRun run, int kills) {
        Watcher watcher = lab.closing(new Watcher(lab.vertx(), run.address(), Workload.STEADY.namespace()));
        watcher.start();
        run.run(kills, 100);
        Progress progress = run.work().progress();
        System.out.println(kills + " kills: " + progress + "; watch: " + watcher.progress());
        run.work().check();
        watcher.checkAgainst(Workload.STEADY);
        assertThat(progress.count("CONNECTION_LOST"))
                .as("calls that were under way when the process died")
                .isPositive();
    }
}
