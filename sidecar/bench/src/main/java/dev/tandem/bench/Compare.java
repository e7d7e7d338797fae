package dev.tandem.bench;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;

/**
 * Compares ways with each other, through a sidecar each. Those of one contest run beside each other and take turns; the processes of
 * another are gone by then.
 */
final class Compare {
    private static final Duration SETTLE = Duration.ofSeconds(1);
    private static final long SEED = 1;

    private final Stage stage;
    private final Program program;
    private final Supplier<Path> redis;
    private final Plan plan;
    private final Duration warmUp;
    private final int starts;

    /**
     * @param redis names the program of a Redis server, if one is needed
     * @param warmUp how long each operation runs before anything is measured
     * @param starts how often processes are started again to see how long that takes
     */
    Compare(Stage stage, Program program, Supplier<Path> redis, Plan plan, Duration warmUp, int starts) {
        this.stage = stage;
        this.program = program;
        this.redis = redis;
        this.plan = plan;
        this.warmUp = warmUp;
        this.starts = starts;
    }

    /** Runs on the calling thread, which must not be an event loop. */
    Comparison run(Set<Way> ways, List<String> commandLine) {
        List<Comparison.Match> matches = new ArrayList<>();
        for (Contest contest : Contest.ALL) {
            List<Way> here = contest.ways().stream().filter(ways::contains).toList();
            if (!here.isEmpty()) {
                Closings closings = stage.closings().inner();
                matches.add(match(contest, here, closings));
                RuntimeException failure = closings.closeAll();
                if (failure != null) {
                    throw failure;
                }
            }
        }
        return new Comparison(stage.circumstances(commandLine), plan, matches);
    }

    private Comparison.Match match(Contest contest, List<Way> ways, Closings closings) {
        ConsoleProgress progress = stage.progress();
        List<Contender> contenders = new ArrayList<>();
        for (Way way : ways) {
            progress.step("starting " + way.label());
            contenders.add(Contender.start(stage, program, way, redis, closings));
        }
        Waiting.pause(SETTLE);
        List<Long> idle = resident(contenders);
        Map<Way, TaskCalls> calls = new EnumMap<>(Way.class);
        contenders.forEach(each -> calls.put(each.way(), each.calls()));
        Namespaces namespaces = Namespaces.fixed(Contender.NAMESPACE);
        progress.step("warming up");
        new Measurement(stage.load(), calls, namespaces, null, SEED).run(plan.warmUp(warmUp), progress);
        progress.step("measuring " + plan.rounds() + " rounds");
        ProcessorMeter meter = new ProcessorMeter(contenders, progress);
        Results results = new Measurement(stage.load(), calls, namespaces, null, SEED + 1).run(plan, meter);
        progress.end();
        return new Comparison.Match(contest, results, meter::of, weights(contenders, idle, resident(contenders)));
    }

    private static List<Long> resident(List<Contender> contenders) {
        return contenders.stream()
                .flatMap(each -> each.processes().stream())
                .map(part -> part.process().residentBytes().orElse(-1))
                .toList();
    }

    private List<Weight> weights(List<Contender> contenders, List<Long> idle, List<Long> loaded) {
        List<Weight> weights = new ArrayList<>();
        for (Contender each : contenders) {
            Set<String> started = new HashSet<>();
            for (Contender.Part part : each.processes()) {
                int next = weights.size();
                // Of those that are alike, one.
                boolean isFirst = started.add(part.name());
                weights.add(new Weight(
                        each.way(),
                        part.name(),
                        part.firstNanos(),
                        isFirst && !part.name().equals("redis") ? startAgain(each, part) : List.of(),
                        idle.get(next),
                        loaded.get(next)));
            }
        }
        return weights;
    }

    private List<Long> startAgain(Contender contender, Contender.Part part) {
        stage.progress()
                .step("starting a " + part.name() + " of " + contender.way().label() + " again");
        List<Long> nanos = new ArrayList<>();
        for (int start = 0; start < starts; start++) {
            nanos.add(part.startAgain());
        }
        return nanos;
    }
}
