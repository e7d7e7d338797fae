package dev.tandem.testkit;

import dev.tandem.testkit.Frontier.Place;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Looks for an order of one record's operations in which each answer is right, and goes through the history once: at each
 * answer it keeps only the places where the record may be, and forgets how they were reached (the just-in-time search of
 * Lowe, "Testing for linearizability", 2017).
 *
 * <p>An operation whose answer is unknown may take its place anywhere after it was invoked, or nowhere. So a place that
 * has used up fewer of these covers one that is the same but for them, and they are tried last, as few as possible at a
 * time. Only where that finds nothing are all of them tried: a history is called wrong only after that.
 *
 * <p>Used once, by one thread.
 */
final class LinearizationSearch<S> {
    /**
     * How far the search goes into lost operations at one answer.
     *
     * @param lostMax so many in a row at most
     * @param extraMax so many more in a row than are needed
     */
    private record Effort(int lostMax, int extraMax) {
        static final Effort FIRST = new Effort(2, 0);
        static final Effort AGAIN = new Effort(6, 1);
        static final Effort LAST = new Effort(Integer.MAX_VALUE, Integer.MAX_VALUE);
    }

    /** How many answers the search goes back at first when one finds no place, and by how much farther each time. */
    private static final int BACK_FIRST = 4;

    private static final int BACK_TIMES = 4;

    /** The most places that are held at one answer, which bounds the memory. */
    private static final int PLACES_AT_ONCE_MAX = 100_000;

    private static final int STATES_SHOWN_MAX = 3;

    private final HistoryModel<S> model;
    private final LostOperations lost;
    private final int placesMax;

    /** In the order of their answers. */
    private final List<Entry> known;

    /** For each of these, which of them are under way when it comes, itself among them. */
    private final List<List<Entry>> underWay = new ArrayList<>();

    private final Map<String, Integer> lastOfRequest = new HashMap<>();
    private int places;
    private boolean gaveUp;
    private @Nullable Operation wrong;
    private List<Operation> openAtWrong = List.of();
    private List<S> statesAtWrong = List.of();

    /** What the search came to. */
    enum Verdict {
        LINEARIZABLE,
        NOT_LINEARIZABLE,
        GAVE_UP
    }

    /** One operation that was answered, with what of it the search looks at again and again. */
    private record Entry(Operation operation, int number, long version, boolean onlyLooks, boolean settles) {
        static Entry of(Operation operation, int number) {
            return new Entry(
                    operation,
                    number,
                    Answers.versionShown(operation),
                    Answers.onlyLooks(operation),
                    Answers.settles(operation));
        }
    }

    /** A place after the answer, and the state before it. */
    private record Step<S>(S before, Place<S> after) {}

    LinearizationSearch(HistoryModel<S> model, List<Operation> operations, int placesMax) {
        this.model = model;
        this.placesMax = placesMax;
        this.lost = new LostOperations(
                operations.stream().filter(done -> !Answers.isKnown(done)).toList());
        List<Operation> answered = operations.stream()
                .filter(Answers::isKnown)
                .sorted(Comparator.comparingLong(Operation::returned))
                .toList();
        List<Entry> entries = new ArrayList<>();
        for (Operation operation : answered) {
            entries.add(Entry.of(operation, entries.size()));
        }
        this.known = List.copyOf(entries);
        for (Entry entry : known) {
            String request = Answers.requestId(entry.operation());
            if (request != null) {
                lastOfRequest.put(request, entry.number());
            }
        }
    }

    private void findUnderWay() {
        List<Entry> calls = known.stream()
                .sorted(Comparator.comparingLong(entry -> entry.operation().invoked()))
                .toList();
        List<Entry> open = new ArrayList<>();
        int begun = 0;
        for (Entry answer : known) {
            while (begun < calls.size()
                    && calls.get(begun).operation().invoked()
                            < answer.operation().returned()) {
                open.add(calls.get(begun++));
            }
            underWay.add(List.copyOf(open));
            open.removeIf(other -> other.number() == answer.number());
        }
    }

    Verdict run() {
        findUnderWay();
        if (goesBack()) {
            return Verdict.NOT_LINEARIZABLE;
        }
        if (goThroughWithFew()) {
            return Verdict.LINEARIZABLE;
        }
        places = 0;
        if (goThroughWithAll()) {
            return Verdict.LINEARIZABLE;
        }
        return gaveUp ? Verdict.GAVE_UP : Verdict.NOT_LINEARIZABLE;
    }

    /** Whether an answer shows an older version than one that had come before its call: then no order can be right. */
    private boolean goesBack() {
        TreeMap<Long, Long> highest = new TreeMap<>();
        for (Entry entry : known) {
            Operation operation = entry.operation();
            Map.Entry<Long, Long> before = highest.lowerEntry(operation.invoked());
            if (entry.version() > 0 && before != null && before.getValue() > entry.version()) {
                stopAt(entry.number(), List.of());
                return true;
            }
            long highestSoFar = highest.isEmpty() ? 0 : highest.lastEntry().getValue();
            highest.put(operation.returned(), Math.max(highestSoFar, entry.version()));
        }
        return false;
    }

    /** Tries few lost operations; where that leads nowhere, it goes back and tries some more on the way. */
    private boolean goThroughWithFew() {
        List<List<Place<S>>> before = new ArrayList<>(List.of(start()));
        Effort[] efforts = new Effort[known.size()];
        Arrays.fill(efforts, Effort.FIRST);
        int farthest = -1;
        int back = BACK_FIRST;
        for (int i = 0; i < known.size(); ) {
            List<Place<S>> after = new Answering(i, efforts[i]).from(before.get(i));
            if (!after.isEmpty()) {
                before.add(after);
                i++;
                continue;
            }
            back = i > farthest ? BACK_FIRST : back * BACK_TIMES;
            farthest = Math.max(farthest, i);
            if (back / BACK_TIMES > i || places > placesMax) {
                stopAt(farthest, i == farthest ? before.get(i) : List.of());
                return false;
            }
            int from = Math.max(0, i - back);
            Arrays.fill(efforts, from, i + 1, Effort.AGAIN);
            before.subList(from + 1, before.size()).clear();
            i = from;
        }
        return true;
    }

    private boolean goThroughWithAll() {
        List<Place<S>> now = start();
        for (int i = 0; i < known.size(); i++) {
            int placesBefore = places;
            List<Place<S>> after = new Answering(i, Effort.LAST).from(now);
            gaveUp = places > placesMax || places - placesBefore > PLACES_AT_ONCE_MAX;
            if (gaveUp) {
                // Where the other try stopped tells more.
                return false;
            }
            if (after.isEmpty()) {
                stopAt(i, now);
                return false;
            }
            now = after;
        }
        return true;
    }

    private List<Place<S>> start() {
        return List.of(new Place<>(model.start(), new BitSet(), new BitSet()));
    }

    private void stopAt(int number, List<Place<S>> before) {
        wrong = known.get(number).operation();
        openAtWrong = underWay.get(number).stream().map(Entry::operation).toList();
        statesAtWrong = before.stream()
                .map(Place::state)
                .distinct()
                .limit(STATES_SHOWN_MAX)
                .toList();
    }

    /** The places after one more answer: all orders in which it comes last of what may come before it. */
    private final class Answering {
        private final Entry answer;
        private final List<Entry> open;
        private final Effort effort;
        private final int placesBefore = places;
        private final Frontier<S> seen = new Frontier<>(model);
        private final Frontier<S> found = new Frontier<>(model);
        private final List<Step<S>> steps = new ArrayList<>();
        private final Deque<Place<S>> now = new ArrayDeque<>();
        private Deque<Place<S>> withOneMoreLost = new ArrayDeque<>();

        Answering(int number, Effort effort) {
            this.answer = known.get(number);
            this.open = underWay.get(number);
            this.effort = effort;
        }

        List<Place<S>> from(List<Place<S>> before) {
            now.addAll(before);
            int extra = 0;
            for (int lostInARow = 0; !now.isEmpty(); lostInARow++) {
                while (!now.isEmpty()) {
                    visit(now.poll());
                }
                if (lostInARow >= effort.lostMax() || (!found.isEmpty() && extra++ >= effort.extraMax())) {
                    break;
                }
                now.addAll(withOneMoreLost);
                withOneMoreLost = new ArrayDeque<>();
            }
            return found.places();
        }

        private void visit(Place<S> reached) {
            Place<S> place = withWhatOnlyLooks(reached);
            if (isHopeless(place) || !seen.add(place)) {
                return;
            }
            if (place.ahead().get(answer.number())) {
                BitSet ahead = (BitSet) place.ahead().clone();
                ahead.clear(answer.number());
                found(place.state(), place.state(), ahead, place.spent());
                return;
            }
            List<S> states = model.step(place.state(), answer.operation());
            if (states.contains(place.state())) {
                // It changes nothing here: whatever else might come before it can as well come after it.
                found(place.state(), place.state(), place.ahead(), place.spent());
                return;
            }
            states.forEach(state -> found(place.state(), state, place.ahead(), place.spent()));
            for (Entry other : open) {
                if (mayComeFirst(other, place)) {
                    BitSet ahead = (BitSet) place.ahead().clone();
                    ahead.set(other.number());
                    for (S state : model.step(place.state(), other.operation())) {
                        goOn(now, new Place<>(state, ahead, place.spent()));
                    }
                }
            }
            tryLost(place, isCovered(place));
        }

        /** Reads and refusals that are right as it is may be placed at once: they leave everything as it is. */
        private Place<S> withWhatOnlyLooks(Place<S> place) {
            BitSet more = new BitSet();
            for (Entry other : open) {
                if (other.onlyLooks()
                        && other.number() != answer.number()
                        && !place.ahead().get(other.number())
                        && model.step(place.state(), other.operation()).contains(place.state())) {
                    more.set(other.number());
                }
            }
            if (more.isEmpty()) {
                return place;
            }
            more.or(place.ahead());
            return new Place<>(place.state(), more, place.spent());
        }

        /**
         * Whether an answer shows a version that is gone by. The last try looks at this answer only, so that the one
         * that is wrong is found when it comes, not when it is first in the way.
         */
        private boolean isHopeless(Place<S> place) {
            long floor = model.floor(place.state());
            for (Entry other : effort.equals(Effort.LAST) ? List.of(answer) : open) {
                if (other.version() > 0
                        && other.version() < floor
                        && !place.ahead().get(other.number())) {
                    return true;
                }
            }
            return false;
        }

        private boolean mayComeFirst(Entry other, Place<S> place) {
            if (other.number() == answer.number() || place.ahead().get(other.number())) {
                return false;
            }
            boolean isLater = answer.version() > 0
                    && (other.version() > answer.version()
                            || (other.version() == answer.version() && other.onlyLooks()));
            return !isLater;
        }

        /** Whether this answer was found a place already that is as good as any to be found from here by lost operations. */
        private boolean isCovered(Place<S> place) {
            if (!answer.settles() || open.stream().anyMatch(other -> mayComeFirst(other, place))) {
                return false;
            }
            Object remembered = model.remembered(place.state());
            for (Step<S> step : steps) {
                S after = step.after().state();
                boolean isNoLater = answer.version() > 0
                        || (model.floor(after) <= model.floor(place.state())
                                && model.notBeforeMillis(after) <= model.notBeforeMillis(place.state()));
                if (isNoLater
                        && step.after().ahead().equals(place.ahead())
                        && Frontier.isSubset(step.after().spent(), place.spent())
                        && model.remembered(step.before()).equals(remembered)) {
                    return true;
                }
            }
            return false;
        }

        private void tryLost(Place<S> place, boolean onlyIfAskedAbout) {
            if (onlyIfAskedAbout && !leadsToOneAskedAbout(place)) {
                return;
            }
            BitSet tried = new BitSet();
            for (int i = 0; i < lost.count() && isBegun(i); i++) {
                String request = lost.requestId(i);
                boolean isAskedAbout = request != null && isOpen(request);
                if (place.spent().get(i) || tried.get(lost.kind(i))) {
                    continue;
                }
                tried.set(lost.kind(i));
                for (S state : model.step(place.state(), lost.operation(i))) {
                    BitSet spent = (BitSet) place.spent().clone();
                    spent.or(lost.spentWith(i));
                    S kept = request == null || isAskedAbout ? state : model.forgetting(state, request);
                    goOn(withOneMoreLost, new Place<>(kept, place.ahead(), spent));
                }
            }
        }

        private boolean isBegun(int lostOne) {
            return lost.operation(lostOne).invoked() < answer.operation().returned();
        }

        /** Whether one is left that is asked about later: it may need others before it, such as a deletion the creation. */
        private boolean leadsToOneAskedAbout(Place<S> place) {
            for (int i = 0; i < lost.count() && isBegun(i); i++) {
                String request = lost.requestId(i);
                if (request != null && isOpen(request) && !place.spent().get(i)) {
                    return true;
                }
            }
            return false;
        }

        private void goOn(Deque<Place<S>> todo, Place<S> place) {
            boolean isRoom = places - placesBefore <= PLACES_AT_ONCE_MAX && places <= placesMax;
            if (isRoom && !seen.covers(place)) {
                places++;
                todo.add(place);
            }
        }

        private boolean isOpen(String request) {
            return lastOfRequest.getOrDefault(request, -1) >= answer.number();
        }

        private void found(S before, S state, BitSet ahead, BitSet spent) {
            S kept = state;
            BitSet left = spent;
            String request = Answers.requestId(answer.operation());
            if (request != null && lastOfRequest.getOrDefault(request, -1) == answer.number()) {
                // Nobody asks about it again.
                kept = model.forgetting(state, request);
                if (!model.remembered(kept).equals(model.remembered(state))) {
                    left = (BitSet) spent.clone();
                    left.or(lost.spentWith(request));
                }
            }
            Place<S> after = new Place<>(kept, ahead, left);
            if (found.add(after)) {
                steps.add(new Step<>(before, after));
            }
        }
    }

    /** The first answer that found no place; null if each did. */
    @Nullable
    Operation wrong() {
        return wrong;
    }

    /** What else was under way then. */
    List<Operation> openAtWrong() {
        return openAtWrong;
    }

    /** What the record may have been before it; some of it, if that is much. */
    List<S> statesAtWrong() {
        return statesAtWrong;
    }
}
