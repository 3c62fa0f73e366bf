"""Series of the textbooks that are in the public domain and ship with no package."""

from __future__ import annotations

import numpy as np

from detectors.types import FloatArray

# Car drivers killed or seriously injured in Great Britain, monthly, January 1969 to December 1984: Harvey and Durbin,
# "The effects of seat belt legislation on British road casualties", J. R. Statist. Soc. A 149 (1986), from Road
# Accidents Great Britain. Belts were made compulsory on 31 January 1983. Each line is a year.
DRIVERS = """
1687 1508 1507 1385 1632 1511 1559 1630 1579 1653 2152 2148
1752 1765 1717 1558 1575 1520 1805 1800 1719 2008 2242 2478
2030 1655 1693 1623 1805 1746 1795 1926 1619 1992 2233 2192
2080 1768 1835 1569 1976 1853 1965 1689 1778 1976 2397 2654
2097 1963 1677 1941 2003 1813 2012 1912 2084 2080 2118 2150
1608 1503 1548 1382 1731 1798 1779 1887 2004 2077 2092 2051
1577 1356 1652 1382 1519 1421 1442 1543 1656 1561 1905 2199
1473 1655 1407 1395 1530 1309 1526 1327 1627 1748 1958 2274
1648 1401 1411 1403 1394 1520 1528 1643 1515 1685 2000 2215
1956 1462 1563 1459 1446 1622 1657 1638 1643 1683 2050 2262
1813 1445 1762 1461 1556 1431 1427 1554 1645 1653 2016 2207
1665 1361 1506 1360 1453 1522 1460 1552 1548 1827 1737 1941
1474 1458 1542 1404 1522 1385 1641 1510 1681 1938 1868 1726
1456 1445 1456 1365 1487 1558 1488 1684 1594 1850 1998 2079
1494 1057 1218 1168 1236 1076 1174 1139 1427 1487 1483 1513
1357 1165 1282 1110 1297 1185 1222 1284 1444 1575 1737 1763
"""

# Explosions in British coal mines that killed ten or more, by year, 1851 to 1961: Jarrett, "A note on the intervals
# between coal-mining disasters", Biometrika 66 (1979).
DISASTERS = """
4 5 4 0 1 4 3 4 0 6 3 3 4 0 2 6 3 3 5 4 5 3 1 4 4 1 5 5 3 4 2 5 2 2 3 4 2 1 3 2 2 1 1 1 1 3 0 0 1 0 1 1 0 0 3 1
0 3 2 2 0 1 1 1 0 1 0 1 0 0 0 2 1 0 0 0 1 1 0 2 3 3 1 1 2 1 1 1 1 2 4 2 0 0 1 4 0 0 0 1 0 0 0 0 0 1 0 0 1 0 1
"""


def numbers(text: str) -> FloatArray:
    """The numbers of a series, in order of time."""
    return np.array(text.split(), dtype=np.float64)
