package dev.tandem.backup;

import java.util.List;

/**
 * What a whole backup has.
 *
 * @param timeMillis when it was begun; milliseconds since 1970
 * @param version of the Tandem that made it
 * @param source where the records come from, for people
 */
public record BackupContents(long timeMillis, String version, String source, List<NamespaceSummary> namespaces) {}
