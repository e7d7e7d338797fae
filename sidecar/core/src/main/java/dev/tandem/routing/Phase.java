package dev.tandem.routing;

/**
 * How far a namespace has come on its way from one store, the source, to another, the target. Each phase is compatible with its
 * neighbours, so that sidecars which hear of a step at different moments get on with each other.
 */
public enum Phase {
    /** One store has all. */
    SINGLE(0, false, false),
    /** The source decides; what it has decided follows to the target. */
    DUAL_WRITE(1, true, false),
    /** As before, and no answer shows what the target lacks. */
    READ_NEWEST(2, true, true),
    /** The source decides, and reads go to the target. */
    READ_SWITCHED(3, true, true),
    /** The target decides; what it has decided follows to the source. */
    WRITE_SWITCHED(4, true, false);

    /** On the way. */
    private final int place;

    private final boolean hasMirror;
    private final boolean showsOnlyMirrored;

    Phase(int place, boolean hasMirror, boolean showsOnlyMirrored) {
        this.place = place;
        this.hasMirror = hasMirror;
        this.showsOnlyMirrored = showsOnlyMirrored;
    }

    public boolean hasMirror() {
        return hasMirror;
    }

    /** Whether an answer may only show what is on the mirror, too. */
    public boolean showsOnlyMirrored() {
        return showsOnlyMirrored;
    }

    /**
     * Whether a policy may go from this phase to that one. From {@link #SINGLE} a namespace goes to {@link #DUAL_WRITE}, and from
     * {@link #WRITE_SWITCHED} to {@link #SINGLE}, in the target.
     */
    public boolean isNextTo(Phase other) {
        return Math.abs(place - other.place) == 1 || (this == WRITE_SWITCHED && other == SINGLE);
    }
}
