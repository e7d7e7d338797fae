package dev.tandem.app.metrics;

import dev.tandem.store.raft.log.LogStatus;
import dev.tandem.store.raft.member.GroupStatus;
import dev.tandem.store.raft.member.MemberStatus;
import io.micrometer.core.instrument.FunctionTimer;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.MultiGauge;
import io.micrometer.core.instrument.MultiGauge.Row;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.binder.BaseUnits;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.function.ToDoubleFunction;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/**
 * How Raft groups stand on the member in this process.
 *
 * <p>The member is looked at once for each scrape; no call pays for it. Only a process with a member loads this class.
 */
public final class RaftMetrics {
    private final Metrics metrics;
    private final MeterRegistry registry;
    private volatile MemberStatus seen = new MemberStatus("", null, List.of(), List.of(), List.of());

    /** Makes no meters yet. */
    public RaftMetrics(Metrics metrics) {
        this.metrics = metrics;
        this.registry = metrics.registry();
    }

    /**
     * Shows how the groups stand on a member, from now on; once.
     *
     * @param status asks the member; completes soon, and does not fail
     */
    public void show(Supplier<Future<MemberStatus>> status) {
        ofMember(
                "tandem.raft.members",
                "Members that this one has met and not lost, itself among them",
                now -> now.met().size());
        ofMember(
                "tandem.raft.voters",
                "Members that vote, as one of them knows; 0 on one that does not",
                now -> now.voters().size());
        ofMember("tandem.raft.voters.away", "Members that vote and do not answer as such", now ->
                (int) now.voters().stream().filter(voter -> !voter.isThere()).count());
        List<ByGroup> groups = byGroup();
        FunctionTimer.builder(
                        "tandem.raft.log.flush",
                        this,
                        each -> each.sum(LogStatus::flushes),
                        each -> each.sum(LogStatus::flushNanos),
                        TimeUnit.NANOSECONDS)
                .description("Flushes of the groups' logs to the disk")
                .register(registry);
        metrics.beforeScrape(() -> status.get()
                .onSuccess(now -> {
                    seen = now;
                    groups.forEach(each -> each.update(now));
                })
                .mapEmpty());
    }

    private void ofMember(String name, String description, ToDoubleFunction<MemberStatus> value) {
        Gauge.builder(name, this, each -> value.applyAsDouble(each.seen))
                .description(description)
                .strongReference(true)
                .register(registry);
    }

    private List<ByGroup> byGroup() {
        return List.of(
                ofGroup(
                        "tandem.raft.leading",
                        "1 if this member leads the group",
                        null,
                        each -> each.leading() ? 1 : 0),
                ofGroup(
                        "tandem.raft.led",
                        "1 if this member knows who leads the group",
                        null,
                        each -> each.leader() == null ? 0 : 1),
                ofGroup("tandem.raft.term", "The group's term, a number for each election", null, GroupStatus::term),
                ofGroup(
                        "tandem.raft.commit.index",
                        "The last entry that this member knows to be committed",
                        null,
                        GroupStatus::commitIndex),
                ofGroup(
                        "tandem.raft.applied.index",
                        "The last entry that this member has applied",
                        null,
                        GroupStatus::appliedIndex),
                ofLog(
                        "tandem.raft.log",
                        "What was written to the log since the newest state on disk",
                        BaseUnits.BYTES,
                        LogStatus::logBytes),
                ofLog("tandem.raft.log.segments", "Files that the log has", null, LogStatus::segments),
                ofLog("tandem.raft.snapshot", "The newest state on disk", BaseUnits.BYTES, LogStatus::snapshotBytes));
    }

    private ByGroup ofLog(String name, String description, @Nullable String unit, ToLongFunction<LogStatus> value) {
        return ofGroup(name, description, unit, each -> {
            LogStatus log = each.log();
            return log == null ? 0 : value.applyAsLong(log);
        });
    }

    private ByGroup ofGroup(String name, String description, @Nullable String unit, ToLongFunction<GroupStatus> value) {
        return new ByGroup(
                MultiGauge.builder(name).description(description).baseUnit(unit).register(registry), value);
    }

    /** A number that each group has. */
    private record ByGroup(MultiGauge gauge, ToLongFunction<GroupStatus> value) {
        void update(MemberStatus now) {
            List<Row<?>> rows = new ArrayList<>();
            for (GroupStatus group : now.groups()) {
                rows.add(Row.of(Tags.of("group", Integer.toString(group.number())), value.applyAsLong(group)));
            }
            gauge.register(rows, true);
        }
    }

    private long sum(ToLongFunction<LogStatus> value) {
        long sum = 0;
        for (GroupStatus group : seen.groups()) {
            LogStatus log = group.log();
            sum += log == null ? 0 : value.applyAsLong(log);
        }
        return sum;
    }
}
