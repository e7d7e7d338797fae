package dev.tandem.app.config;

import java.util.Objects;

/** What this program is. */
public final class BuildInfo {
    private BuildInfo() {}

    /** The version, as the build wrote it into the jar's manifest; {@code development} outside of a jar. */
    public static String version() {
        return Objects.requireNonNullElse(BuildInfo.class.getPackage().getImplementationVersion(), "development");
    }
}
